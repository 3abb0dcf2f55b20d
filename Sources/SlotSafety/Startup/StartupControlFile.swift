import ByteReading
import Evidence
import PostgresFormat

/// Start-up checks of the control file and the WAL folder.
extension ServerStart {
  private static let controlPath = "global/pg_control"
  private static let incompatible = "database files are incompatible with server"

  func controlFileIsThere() -> StartupObstacle? {
    guard let problem = problem("control_file"), case .file(let number, _) = problem.cause,
      [2, 20].contains(number)
    else { return nil }
    return StartupObstacle(.program, "could not find the database system", path: Self.controlPath)
  }

  /// Size, version, checksum, catalog version, segment size, then the values.
  func controlFile() -> StartupObstacle? {
    guard let control = evidence.control?.value else { return unreadableControlFile() }
    if evidence.version != nil, control.controlVersion != ControlFile.controlVersion(of: version) {
      return wrongControlVersion(String(control.controlVersion))
    }
    guard control.checksumMatches else {
      return StartupObstacle(.fatal, "incorrect checksum in control file", path: Self.controlPath)
    }
    // An unknown number may be that of a fork; a known one of another major cannot be right.
    let others = ServerVersion.allCases.filter { $0 != version }
    if others.contains(where: { ControlFile.catalogVersion(of: $0) == control.catalogVersion }) {
      let detail =
        "The database cluster was initialized with CATALOG_VERSION_NO \(control.catalogVersion), "
        + "but the server was compiled with CATALOG_VERSION_NO \(ControlFile.catalogVersion(of: version))."
      return StartupObstacle(.fatal, Self.incompatible, details: [detail], path: Self.controlPath)
    }
    return otherBuild(control) ?? segmentSize(control) ?? values(control)
  }

  /// What a server was built for, in the order of `ReadControlFile`, beside the size of segments.
  private func otherBuild(_ control: ControlFile) -> StartupObstacle? {
    let built: [(name: String, found: UInt32, usual: UInt32)] = [
      ("MAXALIGN", control.maxAlign, 8), ("BLCKSZ", control.blockSize, 8192),
      ("RELSEG_SIZE", control.relationSegmentBlocks, 131_072), ("XLOG_BLCKSZ", control.walBlockSize, 8192),
      ("NAMEDATALEN", control.nameDataLength, 64), ("INDEX_MAX_KEYS", control.indexMaxKeys, 32),
      ("TOAST_MAX_CHUNK_SIZE", control.toastMaxChunkSize, 1996), ("LOBLKSIZE", control.largeObjectBlockSize, 2048),
    ]
    let other = built.first { $0.found != $0.usual }
    guard other != nil || !control.floatFormatMatches || !control.float8ByValue else { return nil }
    return StartupObstacle(
      .fatal, Self.incompatible,
      details: other.map {
        [
          "The database cluster was initialized with \($0.name) \($0.found), but servers are usually compiled with \($0.usual)."
        ]
      } ?? ["The database cluster was initialized by a server for another machine."], path: Self.controlPath,
      onlyIf: "if the server is not built for what the control file says")
  }

  private func segmentSize(_ control: ControlFile) -> StartupObstacle? {
    let size = control.walSegmentSize
    guard version >= .v11, control.segmentSize == nil else { return nil }
    let words =
      version >= .v17
      ? "invalid WAL segment size in control file (\(size) bytes)"
      : "WAL segment size must be a power of two between 1 MB and 1 GB, but the control file specifies \(size) bytes"
    return StartupObstacle(.fatal, words, path: Self.controlPath)
  }

  private func values(_ control: ControlFile) -> StartupObstacle? {
    let shortPageHeader: UInt64 = 24
    let block = max(1, UInt64(control.walBlockSize))
    if control.checkpointLSN.rawValue % block < shortPageHeader {
      let words = version >= .v13 ? "invalid checkpoint location" : "invalid data"
      return StartupObstacle(.fatal, "control file contains \(words)", path: Self.controlPath)
    }
    if control.state == nil || control.state == .startingUp {
      let words = version >= .v13 ? "invalid database cluster state" : "invalid data"
      return StartupObstacle(.fatal, "control file contains \(words)", path: Self.controlPath)
    }
    return nil
  }

  private func unreadableControlFile() -> StartupObstacle? {
    guard let problem = problem("control_file") else { return nil }
    switch problem.cause {
    case .format(let error):
      if error.code == .tooShort, let have = Self.number(error.found) {
        let need = Self.number(error.expected).map(String.init) ?? "?"
        return StartupObstacle(
          .panic, "could not read file \"global/pg_control\": read \(have) of \(need)", path: Self.controlPath)
      }
      return wrongControlVersion(error.found ?? "?")
    // Not the system, but slotscope did not read it: in an archive that is damaged, with holes.
    case .file(errno: 0, _): return nil
    case .file(_, let message):
      return StartupObstacle(.panic, "could not open file \"global/pg_control\": \(message)", path: Self.controlPath)
    case .other(code: "wrong_kind", _):
      return StartupObstacle(
        .panic, "could not open file \"global/pg_control\": Is a directory", path: Self.controlPath)
    case .other: return StartupObstacle(.panic, "could not read file \"global/pg_control\"", path: Self.controlPath)
    }
  }

  private func wrongControlVersion(_ found: String) -> StartupObstacle {
    let detail =
      "The database cluster was initialized with PG_CONTROL_VERSION \(found), "
      + "but the server was compiled with PG_CONTROL_VERSION \(ControlFile.controlVersion(of: version))."
    return StartupObstacle(.fatal, Self.incompatible, details: [detail], path: Self.controlPath)
  }

  func walFolder() -> StartupObstacle? {
    let name = version.walDirectoryName
    guard let problem = problem("wal", path: name), case .file(let number, _) = problem.cause, number == 2 else {
      return nil
    }
    return StartupObstacle(
      .fatal, "required WAL directory \"\(name)\" does not exist", path: name,
      remedy: "Put \(name) back, or the link to it, with the WAL that was in it.")
  }
}
