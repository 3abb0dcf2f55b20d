/// Configuration, labels and errors as real ones look, with a secret planted in each: a word that stands nowhere else.
struct PlantedSecrets {
  private(set) var count = 0
  /// All secrets begin with it.
  static let mark = "hunter2x"

  /// Every template with a secret of its own for `@@`.
  mutating func plant(_ templates: [String]) -> [String] {
    templates.map { template in
      count += 1
      return template.replacing("@@", with: "\(Self.mark)\(count)z")
    }
  }

  static let commands = [
    "sshpass -p @@ ssh barman@backup cat /srv/%f > %p", "pgbackrest --repo1-cipher-pass=@@ archive-get %f %p",
    "PGBACKREST_REPO1_CIPHER_PASS=@@ pgbackrest --stanza=main archive-get %f %p",
    "env AWS_SECRET_ACCESS_KEY=@@ AWS_SESSION_TOKEN=@@ aws s3 cp s3://wal/%f %p",
    "curl -u me:@@ https://wal.example/%f -o %p", "curl --user me:@@ https://wal.example/%f -o %p",
    #"curl -H "Authorization: Bearer @@" https://wal.example/%f -o %p"#,
    #"curl -H "X-Api-Key: @@" https://wal.example/%f -o %p"#, "curl --oauth2-bearer @@ https://wal.example/%f",
    "curl https://me:@@@wal.example/%f -o %p", #"curl "https://wal.example/%f?sv=2&sig=@@&se=1" -o %p"#,
    "curl https://wal.example/%f?sig=@@&x=1", "curl https://wal.example/services/@@/%f", "curl -b session=@@ %f",
    "openssl enc -d -k @@ -in /srv/%f -out %p", "openssl enc -d -pass pass:@@ -in /srv/%f -out %p",
    "openssl enc -K /@@ -in /srv/%f -out %p", "mysql -p@@ %f", "7z x -p@@ /srv/%f.7z", "key=@@ cp /srv/%f %p",
    "gpg --batch --passphrase @@ -d /srv/%f > %p", "echo @@ | gpg --passphrase-fd 0 -d /srv/%f > %p",
    #"sh -c "PASS=@@; fetch -u me:$PASS https://wal.example/%f""#, "wal-g wal-fetch --token @@ %f %p",
    "az storage blob download --account-key @@ -n %f -f %p", "az storage blob download --sas-token ?sv=1&sig=@@ -n %f",
    "rclone --s3-secret-access-key @@ copy remote:%f %p", "restic -o rest.password=@@ dump latest %f",
    "lftp -u me,@@ ftp://wal.example/%f", "fetch ftp://me:@@@wal.example/%f", "decrypt <<< @@ /srv/%f > %p",
    "decrypt $(echo @@) /srv/%f", "decrypt `echo @@` /srv/%f", #"decrypt x\ @@ /srv/%f"#, "fetch -@@ %f",
    "fetch --@@ %f",
    "fetch @@ %f", "fetch @@%f", "TOKEN= @@ fetch %f", "fetch {password:@@} %f", "fetch %f # was: @@", "fetch %@@ %f",
    "export PGPASSWORD=@@; fetch %f", "PGPASSWORD=\"a @@\" fetch %f", "\"fetch @@\" %f", "fetch \"@@ %f",
    "@@=x fetch %f",
    "fetch --header=Cookie:@@ %f", "/opt/fetch -s /@@/x %f", "su - backup -c fetch\\ @@",
    // Secrets that look like paths, or like names of programs.
    "openssl enc -k /@@%f -in %p", "openssl enc -k /@@/%f -in %p", "openssl enc -d -pass /@@ -in %p", "fetch /@@ %f",
    "fetch -k %f/@@", "fetch %f@@", "fetch %f.@@", "fetch .@@%f", "fetch /%f-@@", "fetch --token= /@@ %f",
    "fetch --a=b /@@ %f", "fetch login /@@", "TOKEN= /@@ fetch %f", "key = /@@ %f", "echo /@@ | gpg -d /srv/%f",
    "printf %s /@@ | gpg -d /srv/%f", ". /@@", "eval \"/@@\"", "if fetch /@@ ; then true ; fi", "fetch # | @@",
    "fetch `echo x | @@` %f", "TOKEN=`echo @@ ` fetch %f", "fetch $(cat /k | @@ ) %f", "fetch << EOF\n@@\nEOF",
    "fetch <(echo ; @@ ) %f", "sshpass -p/@@ ssh backup", "curl -u /@@ %f",
    // Logins and headers.
    "fetch me:@@ %f", "fetch -u me:@@ %f", "curl --proxy-user me:@@ https://wal.example/%f",
    #"curl -H "X-Vault-Token: @@" https://wal.example/%f"#, "curl -H 'X-Auth-Token: @@' https://wal.example/%f",
    #"wget --header="Authorization: token @@" https://wal.example/%f"#, "curl --header=X-Auth-Token:@@ %f",
    #"curl -H "Authorization: Basic @@" %f"#, "curl -H Authorization:@@ %f",
  ]
  static let connectionStrings = [
    "host=db1 password=@@ user=repl", "host=db1 password='a @@' user=repl", "host=db1 password = @@",
    "host=db1 PASSWORD=@@", "host=db1 passwrd=@@", "host=db1 sslpassword=@@ sslmode=require", "host=db1 key=@@",
    "host=db1 oauth_client_secret=@@", "host=db1 scram_client_key=@@", "host=db1 scram_server_key=@@",
    "host=db1 options='-c my.key=@@'", "host=db1 options=-cmy.key=@@", "host=db1 sslkey='pkcs11:object=a?pin-value=@@'",
    "host=db1 dbname='host=b password=@@'", "dbname=postgresql://u:@@@db1/d", "host=u:@@@db1", "host=db1 port=@@",
    "host=db1 password=a @@", "host=db1 password='@@", "host=db1 @@=1", "host=db1 application_name='password=@@'",
    "postgresql://u:@@@db1:5/d", "postgresql://u:@@@/d", "postgresql://:@@@db1/d", "postgresql://db1:@@/d",
    "postgresql://db1/d?sslpassword=@@", "postgresql://db1/d?pass%77ord=@@", "postgresql://db1/d?key=@@",
    "postgresql://db1/d?options=-c%20my.key%3D@@", "postgresql://u:p@@@@db1/d", "postgresql://u:a/@@@db1/d",
    "postgresql://u:@@@db1?x", "postgres://u:@@@a:1,b:2/d?target_session_attrs=any",
    // Secrets in the values of other keywords.
    "host=db1 user=u:@@@x", "host=db1 user=u:@@", "host=db1 user='u password @@'", "host=db1 user=u@@@",
    "application_name='tok:@@'", "application_name='x, password @@'", "application_name='pw @@'",
    "fallback_application_name=token:@@", "u:@@@db1/d", "u:@@@db1/d?x=1", "dbname=u:@@@db1/d", "dbname='d key @@'",
    "host=db1:@@", "host=db1;@@", "host='db1 password @@'", "host=db1;password:@@", "hostaddr=u:@@",
    "host=db1 connect_timeout=@@", "host=db1 keepalives=@@", "host=db1 sslmode=require:@@", "sslkey=engine:@@",
    "sslkey='pkcs11:object;pin-value:@@'", "krbsrvname=x:@@", "oauth_issuer=u:@@@db1", "oauth_scope='key @@'",
    "postgresql://u%3A@@@db1/d", "postgresql://u;@@@db1/d", "postgresql://db1/u:@@", "postgresql://db1/d#@@",
    "postgresql://[u:@@]/d", "postgresql://db1/d?user=u:@@", "postgresql://db1/d?application_name=tok:@@",
  ]
  /// Lines of a configuration file: settings of extensions, misspelled names, and lines that the server refuses.
  static let lines = [
    "my.api_key = '@@'", "my.pass = @@", "my.anything = 'x @@'", "MY.Setting = '@@'", "vault.token = '@@'",
    "pg_tde.key = '@@'", "pg_failover_slots.primary_dsn = 'host=a password=@@'", "ivorysql.port = '@@'",
    "primary_passwrd = '@@'", "api_key = @@", "ssl_passphrase_comand = 'echo @@'", "dsn = 'password=@@'",
    "ssl_passphrase_command = '@@'", "ssl_passphrase_command = 'echo @@'", "primary_conninfo = host=db1 password=@@",
    "primary_conninfo = 'host=db1' password=@@", "primary_conninfo = 'host=db1' '@@'", "restore_command = fetch @@",
    "my.key @@ @@", "= @@", "'@@' = 1", "password=@@'", "wal_level = replica password=@@", "@@ = = 1", "5@@ = 1",
    "include_if_exists 'https://u:@@@conf.example/x'", "cluster_name = 'https://u:@@@db1'",
    "cluster_name = 'u:@@@db1/d'", "cluster_name = 'tok:@@'", "cluster_name = 'pw @@'", "wal_level = 'tok:@@'",
    "listen_addresses = 'u:@@@db1'", "listen_addresses = 'db1:@@'", "search_path = 'u:@@@db1'",
    "session_preload_libraries = 'x:@@'", "log_directory = 'u:@@@db1:/x'", "timezone = 'u:@@@db1'",
    "synchronous_standby_names = '*:@@'", "synchronized_standby_slots = 's,tok:@@'", "primary_slot_name = 'tok:@@'",
    "recovery_target_name = 'Basic @@'", "event_source = 'p:@@'", "temp_tablespaces = 'x:@@'",
    "data_directory = 'ftp:@@'", "promote_trigger_file = 'u:@@@db1'",
  ]
  /// What somebody wrote into a label or a reason.
  static let texts = [
    "base password=@@", "see https://u:@@@wiki.example", "Authorization: Bearer @@", "the key @@", "backup --pass @@",
    "token: @@", "pg_basebackup -d postgresql://u:@@@db1", "PGPASSWORD=@@", "login me:@@", "me:@@", "curl -u me:@@",
    "X-Auth-Token: @@", "X-Vault-Token:@@", "Authorization: token @@", "cookie @@", "10:@@",
  ]
  /// Paths that somebody gave a link or a tablespace.
  static let paths = [
    "/mnt/https://u:@@@store/wal", "/mnt/u:@@@store", "/mnt/password=@@", "/mnt/x?sig=@@", "/mnt/token=@@/x",
  ]
  /// Where a value of another kind was expected: connection strings as they are mistyped.
  static let mistyped = [
    "host=db1 pasword=@@", "host=db1 pasw=@@", "pasword=@@", "host=db1 password=@@", "host=db1 password='@@",
    "postgresq://u:@@@db1/d", "postgres:/u:@@@db1/d", "u:@@@db1/d", "u:@@@db1/d?x=1", "db1/d?pasword=@@",
    "password @@", "postgresql://u:@@@db1/d?x=y", "host=db1;password=@@", "Authorization: Bearer @@", "token @@",
    "HOST=db1 PASSWD=@@", "host=db1 pass=@@", "host=db1, pwd: @@", "me:@@", "me:@@/x", "db1:5432:*:me:@@", "me:x @@",
    "me:./@@",
  ]
  /// Arguments of the last start.
  static let arguments = [
    "-c\" \"my.key=@@", "-cprimary_conninfo=host=a password=@@", "--my.pass=@@", "--restore-command=fetch @@ %f",
    "-o @@",
    "--primary-conninfo=postgresql://u:@@@h", "@@", "--@@", "-z@@", "-r\" \"@@",
    "-c\" \"ssl_passphrase_command=echo \"@@\"",
  ]
}
