import Evidence
import PostgresFormat

/// Whether a directory is whole and as its server left it, and what of it is not looked at.
extension ServerStart {
  /// `checkDataDir` in src/backend/utils/init/miscinit.c: 0700, from 11 on 0750 as well.
  func permissions() -> StartupObstacle? {
    guard let mode = evidence.startFiles.permissions else { return nil }
    let directory = serverPath("").dropLast()
    let allowsGroup = version >= .v11
    guard mode & (allowsGroup ? 0o027 : 0o077) != 0 else { return nil }
    return StartupObstacle(
      .fatal,
      "data directory \"\(directory)\" has " + (allowsGroup ? "invalid permissions" : "group or world access"),
      details: ["Permissions should be u=rwx (0700)" + (allowsGroup ? " or u=rwx,g=rx (0750)." : ".")], path: ".")
  }

  /// A folder that every start opens.
  func folder(_ name: String) -> StartupObstacle? {
    guard isMissing(name) else { return nil }
    return StartupObstacle(.fatal, "could not open directory \"\(name)\": No such file or directory", path: name)
  }

  /// pg_hba.conf in its usual place.
  func authentication() -> StartupObstacle? {
    guard settingsAreKnown, (settings.text("hba_file") ?? "").isEmpty, isMissing("pg_hba.conf") else { return nil }
    let file = version >= .v16 ? serverPath("pg_hba.conf") : "pg_hba.conf"
    return StartupObstacle(.fatal, "could not load \(file)", path: "pg_hba.conf")
  }

  private func isMissing(_ name: String) -> Bool { evidence.startFiles.missing?.contains(name) == true }

  /// What may stop a start and is not looked at, in a few words each.
  var notLookedAt: [String] {
    var open: [String] = []
    if let mode = evidence.startFiles.permissions, mode & 0o700 != 0o700 {
      open.append("what the server's user may do in its directory (mode 0\(String(mode, radix: 8)))")
    }
    let missing = evidence.startFiles.missing?.filter { $0 != "pg_hba.conf" } ?? []
    if !missing.isEmpty { open.append("what a start needs of the folders that are missing (\(Self.listed(missing)))") }
    // Where it is missing a start says so; else it could not be read.
    let mayBeRead = evidence.startFiles.missing.map { !$0.contains("pg_hba.conf") } ?? false
    if let isPlain = evidence.startFiles.plainAuthentication ?? (mayBeRead ? false : nil), !isPlain {
      open.append("pg_hba.conf")
    }
    if let libraries = settings.text("shared_preload_libraries"), !libraries.isEmpty {
      open.append("the libraries in shared_preload_libraries")
    }
    let names = unknownValues
    if !names.isEmpty { open.append("the value\(names.count == 1 ? "" : "s") of \(Self.listed(names))") }
    return open
  }

  /// Settings whose values a start may refuse or not.
  private var unknownValues: [String] {
    let assignments = evidence.settings.assignments
    let last = Dictionary(assignments.indices.map { (assignments[$0].name, $0) }, uniquingKeysWith: { $1 })
    return assignments.indices.filter { last[assignments[$0].name] == $0 }.map { assignments[$0] }.filter {
      $0.name != "shared_preload_libraries"
        && SettingSyntax.answer(name: $0.name, value: $0.value, version: version) == .unknown
    }.map(\.name)
  }

  private static func listed(_ names: [String]) -> String {
    names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
  }
}

extension Evidence {
  /// What a start reads, beside the slots, the control file and the WAL, and the operating system did not let be read here.
  var unreadByStart: Problem? {
    problems.first {
      guard case .file = $0.cause else { return false }
      return ["replication_origins", "prepared_transaction"].contains($0.subject)
    }
  }
}
