import FixtureSupport
import Glibc
import ServerLab
import Testing

/// The ways in which libpq finds a server and a password, over TCP with SCRAM. No way shows the password.
@Suite(.serialized, .enabled(if: !Lab.servers.isEmpty, "no PostgreSQL server on this machine"))
struct ServerAccessLiveTests {
  private static let password = "ge heim/@%'x"
  /// As a URI has it.
  private static let escaped = "ge%20heim%2F%40%25%27x"

  /// A primary that asks for the password on a TCP port, and the port.
  private static func server(_ lab: LabRun) async throws -> (Cluster, port: Int) {
    let primary = try await lab.primary()
    try await primary.sql(
      """
      set password_encryption = 'scram-sha-256';
      create role watcher login password '\(password.replacing("'", with: "''"))';
      grant pg_monitor to watcher;
      select pg_create_logical_replication_slot('orders', 'pgoutput');
      """)
    let port = try freePort()
    try primary.configure(["listen_addresses": "127.0.0.1", "port": String(port)])
    try FileTree.change(primary.data + "/pg_hba.conf") {
      $0 = Array("local all all trust\nhost all watcher 127.0.0.1/32 scram-sha-256\n".utf8)
    }
    try await primary.stop()
    try await primary.start()
    return (primary, port)
  }

  /// A TCP port that nobody listens on at this moment.
  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
      }
    }
    try #require(status == 0)
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// A capture of a source, with variables of the environment. Nothing that it writes holds the password.
  private func capture(_ source: String, _ environment: [String: String] = [:]) async throws -> (Outcome, JSONDocument)
  {
    let scratch = ScratchDirectory()
    let file = scratch.path + "/evidence.json"
    let variables = environment.map { "\($0)=\($1)" }
    let outcome = try await runProgram(
      "-i", ["HOME=\(scratch.path)"] + variables + [productsDirectory + "/slotscope", "capture", source, "-o", file])
    let written = FileTree.exists(file) ? try FileTree.contents(of: file) : []
    for text in [outcome.output, outcome.error, String(decoding: written, as: UTF8.self)] {
      #expect(!text.contains("heim"), "\(text)")
    }
    return (outcome, written.isEmpty ? .null : try JSONDocument(parsing: String(decoding: written, as: UTF8.self)))
  }

  private func expectRead(_ source: String, _ environment: [String: String] = [:]) async throws {
    let (outcome, document) = try await capture(source, environment)
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(source): \(outcome)")
    #expect(document["slots"].elements.count == 1, "\(source)")
  }

  private func expectRefused(
    _ source: String, _ environment: [String: String] = [:], saying words: String
  ) async throws {
    let (outcome, document) = try await capture(source, environment)
    #expect(outcome.status != 0 && document == .null, "\(source)")
    #expect(outcome.error.contains(words), "\(source): \(outcome)")
  }

  private func write(_ text: String, to path: String, mode: mode_t) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    try #require(descriptor >= 0 && fchmod(descriptor, mode) == 0)
    defer { close(descriptor) }
    var bytes = Array(text.utf8)
    try #require(Glibc.write(descriptor, &bytes, bytes.count) == bytes.count)
  }

  @Test(arguments: Lab.servers)
  func passwordsComeFromWhereLibpqHasThem(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let (_, port) = try await Self.server(lab)
      let scratch = ScratchDirectory()
      let place = "host=127.0.0.1 port=\(port) user=watcher dbname=postgres"
      let quoted = Self.password.replacing("'", with: "\\'")

      // The string itself, as keywords and as a URI.
      try await expectRead(place + " password='\(quoted)'")
      try await expectRead("postgresql://watcher:\(Self.escaped)@127.0.0.1:\(port)/postgres?application_name=a%20b")
      try await expectRefused(place + " password='\(quoted)geheim'", saying: "password authentication failed")
      try await expectRefused(
        "postgresql://watcher:\(Self.escaped)2@127.0.0.1:\(port)/postgres", saying: "password authentication failed")
      try await expectRefused(place, saying: ".pgpass")

      // The environment.
      try await expectRead(
        "dbname=postgres",
        ["PGHOST": "127.0.0.1", "PGPORT": String(port), "PGUSER": "watcher", "PGPASSWORD": Self.password])
      try await expectRefused(place, ["PGPASSWORD": "geheim"], saying: "password authentication failed")

      // A password file: only one that nobody else may read.
      let file = scratch.path + "/pgpass"
      try write("127.0.0.1:\(port):postgres:watcher:\(Self.password)\n", to: file, mode: 0o600)
      try await expectRead(place, ["PGPASSFILE": file])
      try await expectRead(place + " passfile=\(file)")
      try write("127.0.0.1:\(port):postgres:watcher:\(Self.password)\n", to: file, mode: 0o644)
      try await expectRefused(place, ["PGPASSFILE": file], saying: "0600")

      // A service.
      let services = scratch.path + "/services"
      let service = """
        [prod]
        host=127.0.0.1
        port=\(port)
        user=watcher
        dbname=postgres
        password=\(Self.password)

        """
      try write(service, to: services, mode: 0o600)
      try await expectRead("service=prod", ["PGSERVICEFILE": services])
      try await expectRead("dbname=postgres", ["PGSERVICEFILE": services, "PGSERVICE": "prod"])
      try await expectRefused("service=test", ["PGSERVICEFILE": services], saying: "\"test\"")
      // A line that is not a setting is not repeated.
      try write(service + "geheim\n", to: services, mode: 0o600)
      try await expectRefused("service=prod", ["PGSERVICEFILE": services], saying: services)

      // Several hosts: the first is not there.
      try await expectRead(
        "host=127.0.0.1,127.0.0.1 port=1,\(port) user=watcher dbname=postgres target_session_attrs=read-write",
        ["PGPASSWORD": Self.password])
      try await expectRead(
        "postgresql://watcher:\(Self.escaped)@127.0.0.1:1,127.0.0.1:\(port)/postgres?target_session_attrs=read-write")
    }
  }

  @Test(arguments: Lab.servers)
  func ofSeveralHostsTheOneOfTheRoleIsRead(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let primary = try await lab.primary()
      let standby = try await lab.standby(of: primary)
      for (hosts, wanted, isStandby) in [
        ([standby, primary], "read-write", false), ([primary, standby], "read-only", true),
        ([primary, standby], "any", false),
      ] {
        let source =
          "host=\(hosts.map(\.home).joined(separator: ",")) user=postgres dbname=postgres target_session_attrs=\(wanted)"
        let outcome = try await slotscope(["inspect", source, "--format", "json"])
        let document = try JSONDocument(parsing: outcome.output)
        #expect(document["node"]["role"].string == (isStandby ? "standby" : "primary"), "\(outcome.output.prefix(500))")
      }
    }
  }

  @Test(arguments: Lab.servers)
  func encryptionIsLibpqs(server: Lab.Server) async throws {
    try await LabRun.on(server) { lab in
      let scratch = ScratchDirectory()
      let certificate = scratch.path + "/server.crt"
      // One that is its own authority.
      func make(_ certificate: String) async throws {
        let made = try await runProgram(
          "openssl",
          [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
            "subjectAltName=DNS:localhost", "-keyout", certificate + ".key", "-out", certificate,
          ])
        try #require(made.status == 0, "\(made)")
      }
      let (primary, port) = try await Self.server(lab)
      let variables = ["PGPASSWORD": Self.password]
      let place = "host=localhost hostaddr=127.0.0.1 port=\(port) user=watcher dbname=postgres"
      try await expectRefused(place + " sslmode=require", variables, saying: "SSL")
      let library = try await primary.program(
        "psql", ["-XqAt", "-h", primary.home, "-p", String(port), "-U", "postgres", "-c", "show ssl_library"])
      guard library.line == "OpenSSL" else { return }

      try await make(certificate)
      try await make(scratch.path + "/other.crt")
      try FileTree.change(primary.data + "/pg_hba.conf") {
        $0 = Array("local all all trust\nhostssl all watcher 127.0.0.1/32 scram-sha-256\n".utf8)
      }
      for (from, to) in [(certificate, "server.crt"), (certificate + ".key", "server.key")] {
        let file = "\(primary.data)/\(to)"
        try write(String(decoding: FileTree.contents(of: from), as: UTF8.self), to: file, mode: 0o600)
        try ExternalProgram.run("/bin/chown", ["--reference=\(primary.data)", file])
      }
      try primary.configure(["ssl": "on"])
      try await primary.stop()
      try await primary.start()

      try await expectRead(place + " sslmode=require", variables)
      try await expectRead(place + " sslmode=verify-full sslrootcert=\(certificate)", variables)
      try await expectRead(place, variables.merging(["PGSSLMODE": "verify-full", "PGSSLROOTCERT": certificate]) { $1 })
      try await expectRefused(place + " sslmode=disable", variables, saying: "no pg_hba.conf entry")
      try await expectRefused(
        place + " sslmode=verify-full sslrootcert=\(scratch.path)/other.crt", variables, saying: "certificate verify")
      try await expectRefused(
        place.replacing("host=localhost", with: "host=db.example") + " sslmode=verify-full sslrootcert=\(certificate)",
        variables, saying: "db.example")
    }
  }
}
