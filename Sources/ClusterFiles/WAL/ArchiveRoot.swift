import ByteReading
import PostgresFormat

/// Where the WAL is below a folder that was named as an archive: the folder itself, or, of the root of a repository, what pgBackRest,
/// Barman or WAL-G made there, or any tree with folders of segments.
///
/// Nothing is listed that has segments in it: of five million names the first is enough.
package struct ArchiveRoot: Sendable, Hashable {
  /// Folders for ``WALInventory``, in the order in which they were found.
  package var folders: [String]

  /// Why it is not settled which folders are meant.
  package struct Refusal: Error, Sendable, Hashable {
    /// A sentence without a stop, the path first.
    package var message: String
    /// What there is.
    package var detail: String
    /// What to give instead.
    package var hint: String
  }

  /// WAL of one cluster, as far as its place tells.
  private struct Candidate {
    /// What to name for it alone.
    var path: String
    var folders: [String]
    /// By the tool's own file, else by some of its segments; nil where neither tells.
    var systemIdentifier: UInt64?
    /// The tool's file says it: all of it is of that cluster.
    var isCertain = false

    var shown: String { systemIdentifier.map { "\(path) (system identifier \($0))" } ?? path }
  }

  /// Folders within one another that are looked at.
  private static let depthLimit = 6
  /// Folders that are looked at in all.
  private static let folderLimit = 20_000

  /// Looks for the WAL of the cluster with this identifier, or of the only cluster that is there. A folder without any WAL is
  /// itself what is to be read. Throws ``Refusal`` where there is WAL of several clusters, or of others only.
  package init(_ path: String, systemIdentifier: UInt64?) throws(Refusal) {
    var search = Search()
    search.visit(path, depth: 0)
    let found = search.candidates
    guard !found.isEmpty else {
      folders = [path]
      return
    }
    let known = Set(found.compactMap(\.systemIdentifier))
    let list = found.prefix(12).map(\.shown).joined(separator: ", ") + (found.count > 12 ? ", …" : "")
    if let systemIdentifier {
      // A folder may have some segments of others.
      let own = found.filter { !$0.isCertain || $0.systemIdentifier == systemIdentifier }
      guard !own.isEmpty else {
        throw Refusal(
          message: "\(path) has no WAL of this cluster (system identifier \(systemIdentifier))",
          detail: "There is WAL of \(known.count == 1 ? "another cluster" : "other clusters"): \(list).",
          hint: "Give the archive of this cluster.")
      }
      folders = own.flatMap(\.folders)
      return
    }
    guard known.count <= 1 else {
      throw Refusal(
        message: "\(path) has the WAL of several clusters", detail: "It has: \(list).",
        hint: "Give one of these folders.")
    }
    folders = found.flatMap(\.folders)
  }

  /// Goes down until it finds WAL.
  private struct Search {
    var candidates: [Candidate] = []
    private var visited = 0

    mutating func visit(_ path: String, depth: Int) {
      visited += 1
      guard visited <= ArchiveRoot.folderLimit else { return }
      if let found = pgBackRest(path) ?? barman(path) ?? walG(path) {
        candidates += found
        return
      }
      let content = FolderContent(path)
      if content.hasWAL {
        candidates.append(
          Candidate(path: path, folders: [path], systemIdentifier: ArchiveRoot.systemIdentifier(ofFolder: path)))
        return
      }
      // A data directory, unless it is what was named, is a backup with WAL of its own.
      guard depth < ArchiveRoot.depthLimit, depth == 0 || !ArchiveRoot.exists(path + "/PG_VERSION") else { return }
      for name in content.subfolders where !ArchiveRoot.isBackupFolder(name) {
        visit(path + "/" + name, depth: depth + 1)
      }
    }

    /// `REPO/archive/STANZA/VERSION-ID`, of the repository, its archive, or one stanza.
    private func pgBackRest(_ path: String) -> [Candidate]? {
      if let found = stanza(path) { return found }
      let archive = ArchiveRoot.exists(path + "/archive") ? path + "/archive" : path
      let found = FolderContent(archive, findsWAL: false).subfolders.compactMap { stanza(archive + "/" + $0) }
      return found.isEmpty ? nil : Array(found.joined())
    }

    private func stanza(_ path: String) -> [Candidate]? {
      let files = ["/archive.info", "/archive.info.copy"].map { path + $0 }.filter(ArchiveRoot.exists)
      guard !files.isEmpty else { return nil }
      let info = files.lazy.compactMap { file in
        (try? readWholeFile(file, limit: PgBackRestInfo.sizeLimit)).flatMap { try? PgBackRestInfo(parsing: $0) }
      }.first
      let clusters = Dictionary(
        (info?.clusters ?? []).map { ($0.folder, $0.systemIdentifier) }, uniquingKeysWith: { $1 })
      // Of an encrypted one the names alone tell.
      return FolderContent(path, findsWAL: false).subfolders.filter { ArchiveRoot.isArchiveID($0) }.map { name in
        let folder = path + "/" + name
        return Candidate(
          path: folder, folders: [folder],
          systemIdentifier: clusters[name] ?? ArchiveRoot.systemIdentifier(ofFolder: folder),
          isCertain: clusters[name] != nil)
      }
    }

    /// `HOME/SERVER`: what is archived, what waits for it, and what is being received.
    private func barman(_ path: String) -> [Candidate]? {
      guard ArchiveRoot.exists(path + "/wals"),
        ["/base", "/streaming", "/incoming"].contains(where: { ArchiveRoot.exists(path + $0) })
      else { return nil }
      let folders = ["/wals", "/incoming", "/streaming"].map { path + $0 }.filter(ArchiveRoot.exists)
      let system = folders.lazy.compactMap(ArchiveRoot.systemIdentifier(ofFolder:)).first
      return [Candidate(path: path, folders: folders, systemIdentifier: system)]
    }

    private func walG(_ path: String) -> [Candidate]? {
      let folder = path + "/wal_005"
      guard ArchiveRoot.exists(folder) else { return nil }
      return [
        Candidate(path: folder, folders: [folder], systemIdentifier: ArchiveRoot.systemIdentifier(ofFolder: folder))
      ]
    }
  }

  private static func exists(_ path: String) -> Bool { (try? FileStatus(path: path)) != nil }

  /// `15-1`: a version and a number.
  private static func isArchiveID(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && parts[1].allSatisfy(\.isDigit)
      && parts[0].allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
  }

  /// What tools keep beside the WAL: base backups, which may have WAL of their own, and what Barman refused.
  private static func isBackupFolder(_ name: String) -> Bool {
    ["backup", "base", "basebackups_005", "errors", "archive_status", "summaries"].contains(name)
  }

  /// By the first pages of a few segments in the folder or its subfolders; nil where none tells.
  private static func systemIdentifier(ofFolder path: String) -> UInt64? {
    var content = FolderContent(path)
    if content.segments.isEmpty, let folder = content.walFolder { content = FolderContent(folder) }
    return content.segments.lazy.compactMap { WALInventory.systemIdentifier(ofSegment: $0) }.first
  }
}

/// The first names of a folder that tell what it is.
private struct FolderContent {
  /// Paths of a few segments.
  private(set) var segments: [String] = []
  /// One whose name begins segments' names.
  private(set) var walFolder: String?
  /// Names, sorted; no symbolic links, which could make the way endless. Complete only where there is no WAL.
  private(set) var subfolders: [String] = []
  var hasWAL: Bool { !segments.isEmpty || walFolder != nil }

  private static let segmentsWanted = 3
  /// Names that are read where none is WAL's.
  private static let nameLimit = 100_000

  init(_ path: String, findsWAL: Bool = true) {
    guard let scan = try? FolderScan(path: path) else { return }
    var (segments, walFolder, subfolders) = ([String](), String?.none, [String]())
    try? unsafe scan.forEach(limit: Self.nameLimit) { name, kind throws(FileError) in
      guard unsafe name.first != UInt8(ascii: ".") else { return }
      func text() -> String { unsafe String(decoding: name, as: UTF8.self) }
      switch unsafe ArchiveEntryName(name) {
      case .segment where findsWAL && kind != .directory: segments.append(path + "/" + text())
      case .subfolder where findsWAL && kind != .regular: walFolder = walFolder ?? path + "/" + text()
      case .other where kind == .directory: subfolders.append(text())
      case .other where kind == nil:
        if (try? FileStatus(path: path + "/" + text(), followingLinks: false))?.kind == .directory {
          subfolders.append(text())
        }
      default: break
      }
      // Enough is known: the rest of the names is for the inventory.
      if segments.count >= Self.segmentsWanted || walFolder != nil {
        throw FileError(path: path, reason: .tooManyEntries(limit: 0))
      }
    }
    (self.segments, self.walFolder, self.subfolders) = (segments, walFolder, subfolders.sorted())
  }
}

extension WALInventory {
  /// In the first page of a segment, compressed or not; nil where that cannot be read.
  static func systemIdentifier(ofSegment path: String) -> UInt64? {
    guard var reader = try? SegmentReader(path: path) else { return nil }
    var bytes = [UInt8](repeating: 0, count: PageHeader.longSize)
    guard let count = try? reader.fill(&bytes, from: 0), count == bytes.count else { return nil }
    // SAFETY: the array's elements are plain bytes.
    guard let header = try? PageHeader(unsafe bytes.span.bytes),
      WALGeometry(firstPage: header, systemIdentifier: nil) != nil
    else { return nil }
    return header.long?.systemIdentifier
  }
}
