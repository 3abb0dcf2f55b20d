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

  /// Of a regular file that is not evidence: it may be something else that slotscope knows.
  static func of(_ error: EvidenceFile.ReadError, _ source: String) -> CommandFailure {
    let path = SourceArgument.quoted(source)
    do throws(FileError) {
      let isTar = try isTar(source)
      let format = isTar ? nil : try RecognizedFileReader.read(source).format
      switch (isTar, format) {
      case (true, _):
        return ofTar(source)
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

  /// Of a file that is a tar archive, in whatever place a file or folder was expected; nil for any other.
  static func ofTar(orNil path: String) -> CommandFailure? {
    (try? isTar(path)) == true ? ofTar(path) : nil
  }

  private static func ofTar(_ path: String) -> CommandFailure {
    let operand = SourceArgument.quoted(path)
    return CommandFailure(
      "\(path) is a tar archive, which is not read as it is",
      hint: "Unpack it first: mkdir DIR && tar -xf \(operand) -C DIR; a pg_wal.tar beside it goes into DIR/pg_wal.")
  }

  /// `ustar` in the first header, or the name of a compressed one.
  private static func isTar(_ path: String) throws(FileError) -> Bool {
    let packed = [".tgz"] + Codec.all.flatMap(\.suffixes).map { ".tar" + $0 }
    let file = try BoundedFile(path: path)
    if packed.contains(where: path.lowercased().hasSuffix) { return true }
    return try file.read(at: 257, count: 5) == Array("ustar".utf8)
  }

  private static func ownerHint(_ error: FileError) -> String? {
    guard error.isRefusal, let owner = FileOwner.refusing(error.path) else { return nil }
    return "It belongs to \(owner): sudo -u \(SourceArgument.quoted(owner)) slotscope …"
  }

  /// One or two folders down, as in /var/lib/postgresql, or in a folder with the nodes of a cluster.
  private static func dataDirectories(below path: String) -> [String] {
    func folders(in path: String) -> [String] {
      guard let listing = try? DirectoryListing(path: path, limit: 1000) else { return [] }
      return listing.entries.filter { $0.kind == .directory && $0.nameIsExact }.map {
        path.hasSuffix("/") ? path + $0.name : "\(path)/\($0.name)"
      }
    }
    // Each database's folder has a PG_VERSION.
    func isOne(_ path: String) -> Bool { ["/PG_VERSION", "/global"].allSatisfy { DataDirectory.exists(path + $0) } }
    let below = folders(in: path).prefix(50)
    let found = below.filter(isOne)
    return found.isEmpty ? below.flatMap { folders(in: $0).prefix(50).filter(isOne) } : Array(found)
  }

  /// What the folder is instead, or where the data directory in it is.
  private static func folderHint(_ path: String) -> String? {
    let below = dataDirectories(below: path)
    if let first = below.first {
      let words = below.prefix(5).map(SourceArgument.quoted).joined(separator: ", ")
      return below.count == 1
        ? "Its data directory is \(SourceArgument.quoted(first))."
        : "Give one of the data directories in it: \(words)\(below.count > 5 ? ", …" : "")."
    }
    let operand = SourceArgument.quoted(path)
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
