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
        TarStorage.base(at: path) == nil ? "\(path) is not a data directory" : "\(path) has no data directory in it",
        detail: "It has neither PG_VERSION nor global/pg_control.",
        hint: TarStorage.base(at: path) != nil
          ? "Give the archive that has them; of a base backup the base.tar, with its pg_wal.tar beside it."
          : folderHint(path) ?? "Give the directory that the server is started with (-D).")
    case .unsupportedVersion(let path, let text):
      CommandFailure(
        "\(path) says PostgreSQL \(text)",
        detail: "slotscope reads PostgreSQL \(ServerVersion.supportedRange).",
        hint: text == "9.4" || text == "9.5" ? "Its files have other layouts; upgrade the server first." : nil)
    }
  }

  /// Of a regular file that is not evidence: it may be something else that slotscope knows.
  static func of(_ error: EvidenceFile.ReadError, _ source: String) -> CommandFailure {
    let path = Source.quoted(source)
    do throws(FileError) {
      let tar = try tar(source)
      let format = tar == nil ? try RecognizedFileReader.read(source).format : nil
      switch (tar, format) {
      case (let tar?, _):
        return of(tar, source)
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

  /// Of a file that is a tar archive, in a place where a folder or another file was expected; nil for any other.
  static func ofTar(orNil path: String) -> CommandFailure? { (try? tar(path)).flatMap { $0 }.map { of($0, path) } }

  private enum Tar { case whole, damaged }

  private static func of(_ tar: Tar, _ path: String) -> CommandFailure {
    let operand = Source.quoted(path)
    return switch tar {
    case .whole:
      CommandFailure(
        "\(path) is a tar archive, which is not read here",
        hint:
          "Give it as a source; or unpack it: mkdir DIR && tar -xf \(operand) -C DIR; what is in a pg_wal.tar beside it"
          + " goes into DIR/pg_wal.")
    case .damaged:
      CommandFailure("\(path) is a damaged tar archive", hint: "For what is left of it: tar -tvf \(operand)")
    }
  }

  /// By the first header; damaged where that is none, for all that the name or `ustar` in it says.
  private static func tar(_ path: String) throws(FileError) -> Tar? {
    if TarStorage.base(at: path) != nil { return .whole }
    let packed = [".tgz"] + Codec.all.flatMap(\.suffixes).map { ".tar" + $0 }
    if packed.contains(where: path.lowercased().hasSuffix) { return .damaged }
    return try BoundedFile(path: path).read(at: 257, count: 5) == Array("ustar".utf8) ? .damaged : nil
  }

  private static func ownerHint(_ error: FileError) -> String? {
    guard error.isRefusal, let owner = FileOwner.refusing(error.path) else { return nil }
    return "It belongs to \(owner): sudo -u \(Source.quoted(owner)) slotscope …"
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
      let words = below.prefix(5).map(Source.quoted).joined(separator: ", ")
      return below.count == 1
        ? "Its data directory is \(Source.quoted(first))."
        : "Give one of the data directories in it: \(words)\(below.count > 5 ? ", …" : "")."
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
