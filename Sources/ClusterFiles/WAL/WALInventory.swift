package import ByteReading
import Evidence
package import PostgresFormat

/// Which WAL there is: all files with a segment's name in one or several folders, live or not, sorted by timeline and
/// position. Each file is opened once at most, for its first page; of a large archive none is.
package struct WALInventory: Sendable {
  /// A folder whose names were read, or one that a single file was named in.
  package struct Folder: Sendable, Hashable {
    /// As it was given.
    package var path: String
    /// Timeline histories in it.
    package var histories: [History] = []
    /// Files `*.backup`, one for each base backup that was taken with this WAL archived.
    package var backupHistoryCount = 0
    /// A server's own: what is packed counts as no WAL.
    var isServersOwn = false

    /// `TTTTTTTT.history`, or the same with the suffix of a compression.
    package struct History: Sendable, Hashable {
      /// From the file's name: the timeline that branched off, not its parent.
      package var timeline: TimelineID
      /// Empty where the name has none, whatever the content.
      package var suffix: String
      var fileName: String { timeline.hex + ".history" + suffix }
      /// The newest timeline first, and its plain file before a compressed one.
      func precedes(_ other: History) -> Bool {
        timeline != other.timeline ? timeline > other.timeline : suffix < other.suffix
      }
    }
  }

  /// A segment that has WAL of its position, of another cluster.
  package struct OtherSegment: Sendable, Hashable {
    /// From the file's name.
    package var name: SegmentName
    /// From its first page.
    package var systemIdentifier: UInt64
  }

  /// From this number of files on, a folder is an archive: its files are looked at only as they are read.
  package static let probeLimit = 20_000

  /// Entries of an archive: eighty terabytes of WAL in segments of 16 MiB.
  package static let archiveLimit = 5_000_000

  /// In the order in which they were added, subfolders after their own.
  package private(set) var folders: [Folder] = []
  /// Sorted by ``SegmentName``; copies of one segment in the order in which they are tried.
  package internal(set) var files: [SegmentFile] = []
  /// What of the folders and files cannot be read, or is not WAL of this cluster.
  package internal(set) var problems: [WALProblem] = []
  /// Segments of other clusters than the geometry's.
  package internal(set) var others: [OtherSegment] = []
  /// Settled by ``settleGeometry(version:segmentSize:systemIdentifier:)``.
  package internal(set) var geometry: WALGeometry?
  /// Through which all of it is read.
  let storage: any ClusterStorage
  /// One of the folders that is there as long as somebody has it.
  package internal(set) var fetched: PassingFolder?
  private var suffixes: [UInt8] = []
  private var lastSuffix = 0..<0

  /// Without a folder; add them, then ``sort()``, then settle the geometry.
  package init(in storage: any ClusterStorage = PosixStorage()) { self.storage = storage }

  /// Reads the names in a folder, and in those of its subfolders whose name is the beginning of a segment's; not in
  /// folders within those, which a symbolic link could make endless.
  ///
  /// Throws ``FileError`` where the folder itself cannot be read; what is wrong in it goes to the problems.
  /// So does a folder with more than `limit` entries, of which none counts then.
  ///
  /// `asServer`: the folder is a server's own `pg_wal`, and what counts is what that server reads: neither files with
  /// anything appended to a segment's name but `.partial`, nor what is compressed, nor subfolders.
  package mutating func add(
    folder path: String, asServer: Bool = false, limit: Int = WALInventory.archiveLimit
  ) throws(FileError) {
    let index = folders.count
    if asServer {
      _ = try addFiles(of: path, limit, asServer: true)
      folders[index].isServersOwn = true
      return
    }
    for subfolder in try addFiles(of: path, limit) {
      do throws(FileError) {
        _ = try addFiles(of: subfolder, limit)
      } catch {
        problems.append(WALProblem(path: subfolder, error: error))
      }
    }
  }

  /// Adds one file by its path. Returns false where its name is not a segment's.
  package mutating func add(file path: String) -> Bool {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard let last = parts.last else { return false }
    let folderLength = path.utf8.count - last.count
    let folder = folderLength == 0 ? "." : String(decoding: path.utf8.prefix(max(1, folderLength - 1)), as: UTF8.self)
    let index = folders.firstIndex { $0.path == folder } ?? folders.endIndex
    if index == folders.endIndex { folders.append(Folder(path: folder)) }
    return unsafe Array(last).withUnsafeBytes { name in
      guard case .segment(let segment, let isPartial) = unsafe ArchiveEntryName(name) else { return false }
      unsafe addFile(name, segment, isPartial, folder: index)
      return true
    }
  }

  private mutating func addFiles(of path: String, _ limit: Int, asServer: Bool = false) throws(FileError) -> [String] {
    let before = files.count
    do throws(FileError) {
      return try addNames(of: path, limit: min(limit, Self.archiveLimit - before), asServer: asServer)
    } catch {
      files.removeLast(files.count - before)
      throw error
    }
  }

  private mutating func addNames(of path: String, limit: Int, asServer: Bool) throws(FileError) -> [String] {
    let index = folders.count
    folders.append(Folder(path: path))
    var subfolders: [String] = []
    try unsafe storage.forEachName(in: path, limit: limit) { name, kind throws(FileError) in
      // What a link leads to is seen when it is opened.
      let kind = kind == .symbolicLink ? nil : kind
      switch unsafe ArchiveEntryName(name) {
      case .segment(_, let isPartial)
      where asServer && name.count != ArchiveEntryName.segmentDigits + (isPartial ? ".partial".utf8.count : 0):
        break
      case .segment(let segment, let isPartial) where kind == nil || kind == .regular:
        unsafe addFile(name, segment, isPartial, folder: index)
      case .segment:
        let file = unsafe path + "/" + String(decoding: name, as: UTF8.self)
        problems.append(WALProblem(path: file, error: FileError(path: file, reason: .notRegularFile(kind ?? .other))))
      case .history(let timeline, let suffix):
        folders[index].histories.append(Folder.History(timeline: timeline, suffix: suffix))
      case .backupHistory: folders[index].backupHistoryCount += 1
      case .subfolder where kind == nil || kind == .directory:
        unsafe subfolders.append(path + "/" + String(decoding: name, as: UTF8.self))
      case .subfolder, .other: break
      }
    }
    return subfolders.sorted()
  }

  private mutating func addFile(
    _ name: UnsafeRawBufferPointer, _ segment: SegmentName, _ isPartial: Bool, folder: Int
  ) {
    let suffix = unsafe name.dropFirst(ArchiveEntryName.segmentDigits)
    // Most suffixes repeat that of the file before: they are kept once.
    if unsafe !suffixes[lastSuffix].elementsEqual(suffix) {
      unsafe lastSuffix = suffixes.count..<suffixes.count + suffix.count
      unsafe suffixes.append(contentsOf: suffix)
    }
    files.append(
      SegmentFile(
        name: segment, folder: UInt32(folder), suffixStart: UInt32(truncatingIfNeeded: lastSuffix.lowerBound),
        suffixLength: UInt8(lastSuffix.count), isPartial: isPartial))
  }

  /// Puts the files in order. Call it after the last `add`.
  package mutating func sort() {
    files.sort { $0.precedes($1) }
  }

  /// The path of a file.
  package func path(of file: SegmentFile) -> String { folders[Int(file.folder)].path + "/" + fileName(of: file) }

  /// Opens a file.
  func reader(of file: SegmentFile) throws(FileError) -> SegmentReader {
    try SegmentReader(path: path(of: file), in: storage)
  }

  /// How a file is packed, by its first bytes; nil where it is not.
  func codec(of file: SegmentFile) -> Codec? {
    guard file.isPacked, let opened = try? storage.open(path(of: file)) else { return nil }
    return (try? Codec.frame(in: opened, from: 0))?.codec
  }

  func fileName(of file: SegmentFile) -> String {
    let start = Int(file.suffixStart)
    return file.name.text + String(decoding: suffixes[start..<start + Int(file.suffixLength)], as: UTF8.self)
  }

  /// All copies of one segment, the preferred one first.
  package func copies(of name: SegmentName) -> ArraySlice<SegmentFile> {
    let first = files.partitionPoint { $0.name >= name }
    var end = first
    while end < files.endIndex, files[end].name == name { end += 1 }
    return files[first..<end]
  }
}

/// A file of the WAL that cannot be read, or is not what its name says.
package struct WALProblem: Sendable, Hashable {
  /// Who refused.
  package enum Cause: Sendable, Hashable {
    case file(FileError)
    case format(FormatError)
    case state(SegmentState)
    /// slotscope itself: a sentence that goes on from the path.
    case leftOut(String)
  }
  /// As it was opened; in evidence from the data directory on.
  package var path: String
  /// What was refused, and why.
  package var cause: Cause
  /// What is wrong, without the path.
  package var sentence: String {
    switch cause {
    case .file(let error): error.message
    case .format(let error): "\(error.field): \(error.code.rawValue) at byte \(error.offset)"
    case .state(let state): state.sentence
    case .leftOut(let sentence): sentence
    }
  }

  init(path: String, cause: Cause) { (self.path, self.cause) = (path, cause) }
  init(path: String, error: FileError) { (self.path, cause) = (path, .file(error)) }
  init(path: String, error: FormatError) { (self.path, cause) = (path, .format(error)) }
  init(path: String, state: SegmentState) { (self.path, cause) = (path, .state(state)) }
}
