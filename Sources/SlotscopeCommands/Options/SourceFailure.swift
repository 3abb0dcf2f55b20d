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
      let isTar = try isTar(source)
      let format = isTar ? nil : try RecognizedFileReader.read(source).format
      switch (isTar, format) {
      case (true, _):
        return CommandFailure(
          "\(source) is a tar archive, which is not read as it is",
          hint: "Unpack it first: mkdir DIR && tar -xf \(path) -C DIR; a pg_wal.tar beside it goes into DIR/pg_wal.")
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

  /// `ustar` in the first header, or the name of a compressed one.
  private static func isTar(_ path: String) throws(FileError) -> Bool {
    let packed = [".tgz"] + Codec.all.flatMap(\.suffixes).map { ".tar" + $0 }
    if packed.contains(where: path.lowercased().hasSuffix) { return true }
    return try BoundedFile(path: path).read(at: 257, count: 5) == Array("ustar".utf8)
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
