import ClusterFiles
import PostgresFormat

/// Why a source cannot be read, with the cause that is true and what to give instead.
enum SourceFailure {
  static func of(_ error: DataDirectory.OpenError, _ source: String) -> CommandFailure {
    switch error {
    case .file(let file):
      CommandFailure(
        "\(source): \(file.message)",
        hint: ownerHint(file)
          ?? "Give a data directory, a file made by \"slotscope capture\", or a connection string (host=…).")
    case .notADataDirectory(let path):
      CommandFailure(
        "\(path) is not a data directory", detail: "It has neither PG_VERSION nor global/pg_control.",
        hint: folderHint(path) ?? "Give the directory that the server is started with (-D).")
    case .unsupportedVersion(let path, let text):
      CommandFailure(
        "\(path) says PostgreSQL \(text)",
        detail: "slotscope reads PostgreSQL \(ServerVersion.supportedRange).",
        hint: text == "9.4" || text == "9.5" ? "Its files have other layouts; upgrade the server first." : nil)
    }
  }

  /// Of a regular file that is no evidence: it may be something else that slotscope knows.
  static func of(_ error: EvidenceFile.ReadError, _ source: String) -> CommandFailure {
    let path = Source.quoted(source)
    do throws(FileError) {
      let tar = try tar(source)
      let format = tar == nil ? try RecognizedFileReader.read(source).format : nil
      switch (tar, format) {
      case (.compressed?, _):
        return CommandFailure(
          "\(source) is a compressed tar archive, which is not read as it is",
          hint:
            "Decompress it first, and a pg_wal.tar beside it; or unpack it: mkdir DIR && tar -xf \(path) -C DIR; what"
            + " is in pg_wal.tar goes into DIR/pg_wal.")
      case (.damaged?, _):
        return CommandFailure("\(source) is a damaged tar archive", hint: "For what is left of it: tar -tvf \(path)")
      case (_, .walSegment?):
        return CommandFailure(
          "\(source) is a WAL segment, no data directory", hint: "For what is in it: slotscope wal records \(path)")
      case (_, let format?):
        return CommandFailure(
          "\(source) is a \(format.name), no data directory", hint: "For what is in it: slotscope show \(path)")
      case (_, nil):
        return CommandFailure(
          "\(source): \(error.message)",
          hint: error.hint ?? "Make it anew with \"slotscope capture DIRECTORY -o FILE\".")
      }
    } catch {
      return CommandFailure("\(source): \(error.message)", hint: ownerHint(error))
    }
  }

  private enum Tar { case compressed, damaged }

  /// Of a file that is not read as a tar archive: the name of a compressed one, or `ustar` in a header that is damaged.
  private static func tar(_ path: String) throws(FileError) -> Tar? {
    let packed = [".tgz"] + Codec.all.flatMap(\.suffixes).map { ".tar" + $0 }
    if packed.contains(where: path.lowercased().hasSuffix) { return .compressed }
    return try BoundedFile(path: path).read(at: 257, count: 5) == Array("ustar".utf8) ? .damaged : nil
  }

  private static func ownerHint(_ error: FileError) -> String? {
    guard error.isRefusal, let owner = FileOwner.refusing(error.path) else { return nil }
    return "It belongs to \(owner): sudo -u \(Source.quoted(owner)) slotscope …"
  }

  /// What the folder is instead, or where the data directory in it is.
  private static func folderHint(_ path: String) -> String? {
    for name in ["main", "data", "pgdata"] where DataDirectory.exists("\(path)/\(name)/PG_VERSION") {
      return "Its data directory is \(Source.quoted("\(path)/\(name)"))."
    }
    let operand = Source.quoted(path)
    var inventory = WALInventory()
    if (try? inventory.add(folder: path)) != nil, !inventory.files.isEmpty {
      return "For a folder of WAL: slotscope wal end --waldir \(operand), or: slotscope wal gaps --waldir \(operand)"
    }
    if DataDirectory.exists(path + "/postgresql.conf") {
      return "It has the configuration only; data_directory in its postgresql.conf names the directory."
    }
    return nil
  }
}
