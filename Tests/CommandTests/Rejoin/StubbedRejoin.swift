import FixtureSupport
import ServerLab

/// A script of a way back, and programs in the place of PostgreSQL's that note what they are given and answer what the test says.
struct StubbedRejoin {
  let scratch = ScratchDirectory()
  let directory: String
  let script: String
  /// What `psql`, `pg_rewind` and the others were given.
  var log: String { scratch.path + "/log" }
  /// What the server of the directory was told.
  var told: String { (try? String(decoding: FileTree.contents(of: scratch.path + "/old.sql"), as: UTF8.self)) ?? "" }

  /// `place` is the name of the folder in which the old node's directory lies; `change` is done to the nodes before.
  init(
    _ fixture: String, place: String = "nodes", arguments: [String] = [], change: (String) throws -> Void = { _ in }
  ) async throws {
    let folder = "\(scratch.path)/\(place)"
    try ExternalProgram.run("/bin/mkdir", ["-p", folder])
    let one = try LabeledRejoin("\(Fixtures.directory)/rejoin/\(fixture).tar.xz", in: scratch)
    try ExternalProgram.run("/bin/mv", [one.folder + "/old", folder + "/old"])
    try ExternalProgram.run("/bin/mv", [one.folder + "/new", scratch.path + "/new"])
    directory = folder + "/old"
    try change(scratch.path)
    let made = try await slotscope(
      ["rejoin", directory, "--new", scratch.path + "/new", "--format", "script"] + arguments)
    guard made.status == 0 else { throw FixtureError("no script: \(made)") }
    script = scratch.write("script", made.output)
    try writePrograms()
  }

  private func writePrograms() throws {
    for (name, body) in Self.programs { scratch.write("bin/\(name)", "#!/bin/sh\n" + body) }
    try ExternalProgram.run("/bin/sh", ["-c", "chmod 755 \"$1\"/bin/*", "sh", scratch.path])
  }

  private static let programs = [
    ("id", "echo 1000\n"),
    (
      "pg_controldata",
      """
      cat "$T/control"

      """
    ),
    (
      "pg_ctl",
      """
      echo "pg_ctl $*" >> "$T/log"
      case $* in *status) [ -e "$T/runs" ] ;; *start) : > "$T/runs" ;; esac

      """
    ),
    (
      "psql",
      """
      sql=$(cat)
      # Where it connects is its last argument.
      for to; do :; done
      echo "psql $to" >> "$T/log"
      case $to in NEW*) ;; *) printf '%s\\n' "$sql" >> "$T/old.sql" ;; esac
      case $sql in
      *pg_control_system*) printf '%s\\n' "${IDENTITY-$RIGHT}" ;;
      *flush_l*) printf '%s\\n' "${TARGET-0/A0B0C0D}" ;;
      *pg_stat_wal_receiver*|*pg_ls_waldir*) echo 1 ;;
      *'select count'*) echo 0 ;;
      *'select pg_is_in_recovery()'*) echo t ;;
      *'select slot_name'*) printf '%s\\n' "${SLOTS-}" ;;
      esac

      """
    ),
    ("pg_rewind", "echo \"pg_rewind $*\" >> \"$T/log\"\n"), ("postgres", "echo \"postgres $*\" >> \"$T/log\"\n"),
    (
      "pg_basebackup",
      """
      echo "pg_basebackup $*" >> "$T/log"
      mkdir "$2" && echo 17 > "$2/PG_VERSION" && echo new > "$2/which"

      """
    ),
  ]

  /// Runs it, with more in the environment.
  func run(_ mode: String, _ environment: [String] = []) async throws -> Outcome {
    let text = String(decoding: try FileTree.contents(of: script), as: UTF8.self)
    func between(_ start: String, _ end: String) -> String {
      guard let from = text.firstRange(of: start)?.upperBound, let to = text[from...].firstRange(of: end) else {
        return ""
      }
      return String(text[from..<to.lowerBound])
    }
    func word(_ text: String) -> String { text.hasPrefix("'") ? String(text.dropFirst().dropLast()) : text }
    scratch.write(
      "control",
      """
      Database system identifier:           \(between("'Database system identifier')\" = ", " ]"))
      Database cluster state:               \(word(between("'Database cluster state')\" = ", " ]")))
      Latest checkpoint location:           \(between("'Latest checkpoint location')\" = ", " ]"))

      """)
    return try await runProgram(
      "env",
      [
        "T=\(scratch.path)", "BINDIR=\(scratch.path)/bin", "RIGHT=\(between("[ \"$there\" = \"", "\""))",
        "PATH=\(scratch.path)/bin:\(Environment.value("PATH") ?? "/usr/bin:/bin")", "NEW_PRIMARY=NEW",
        "PRIMARY_CONNINFO=host=b", "OLD_NODE=OLD", "PATIENCE=1",
      ] + environment + ["sh", script, mode])
  }

  /// What was changed in the folder of the directory, its own content and the notes of the programs left out.
  func shell(_ commands: String) throws -> String {
    try ExternalProgram.output("/bin/sh", ["-ec", commands, "sh", directory])
  }
}
