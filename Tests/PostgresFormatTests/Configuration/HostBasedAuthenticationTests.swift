import PostgresFormat
import Testing

/// Which pg_hba.conf a server takes for certain.
@Suite struct HostBasedAuthenticationTests {
  @Test func whatInitdbWritesIsPlain() {
    #expect(
      HostBasedAuthentication.isPlain(
        """
        # TYPE  DATABASE        USER            ADDRESS                 METHOD

        local   all             all                                     trust
        host    all             all             127.0.0.1/32            scram-sha-256
        host    all             all             ::1/128                 md5 # comment
        local   replication     all                                     peer
        hostssl shop            app             samenet                 reject
        """))
  }

  @Test(arguments: [
    "", "# nothing", "foo", "local all all nosuch", "local all all", "host all all 127.0.0.1 trust",
    "host all all 10.0.0.0/33 trust", "host all all 10.0.0.256/8 trust", "host all all all peer",
    "host all all all ldap ldapserver=x", "include other.conf", "local \"a b\" all trust", "local all @admins trust",
    "host all all 10.0.0.0 255.0.0.0 trust", "local all all trust extra",
  ])
  func whatMayBeRefusedIsNot(line: String) {
    #expect(!HostBasedAuthentication.isPlain(line))
  }
}
