import Evidence
import PostgresFormat

/// Adds up what lies in a WAL folder, every file once.
struct FolderContentsReader {
  private let folder: String
  private let storage: any ClusterStorage
  private let name: String
  private let states: [String: SegmentFile]
  private let segmentSize: Int?
  private let removesTemporary: Bool
  private var contents = WALFolderContents()

  /// Folders within folders that are looked into.
  private static let depthLimit = 4

  /// `inventory` has the same folder's segments; `name` is the folder's own, from the data directory.
  init(
    _ folder: String, in storage: any ClusterStorage, name: String, _ inventory: WALInventory, version: ServerVersion?
  ) {
    self.storage = storage
    (self.folder, self.name, segmentSize) = (folder, name, inventory.geometry?.segmentSize)
    removesTemporary = version?.has(.unfinishedSegmentsRemoved) ?? false
    var states: [String: SegmentFile] = [:]
    for file in inventory.files where inventory.folders[Int(file.folder)].path == folder {
      states[inventory.fileName(of: file)] = file
    }
    self.states = states
  }

  /// A folder with more than `limit` entries is not read to its end.
  consuming func read(limit: Int) -> WALFolderContents {
    for (entry, status) in entries(of: folder, limit: limit) { add(entry, status) }
    contents.strays.sort { ($1.bytes, $0.path) < ($0.bytes, $1.path) }
    contents.strays.removeLast(max(0, contents.strays.count - WALFolderContents.listLimit))
    return contents
  }

  private mutating func add(_ entry: String, _ status: FileStatus) {
    let bytes = UInt64(clamping: status.size)
    if status.kind == .directory {
      switch entry {
      case "archive_status": Self.add(size(of: entry, depth: 1).bytes, to: &contents.statusBytes)
      case "summaries": Self.add(size(of: entry, depth: 1).bytes, to: &contents.summaryBytes)
      default:
        let (count, bytes) = size(of: entry, depth: 1)
        addStray(entry, bytes: bytes, count: count, .stays)
      }
      return
    }
    var copy = entry
    switch copy.withUTF8({ unsafe ArchiveEntryName(UnsafeRawBufferPointer($0)) }) {
    case .segment(let segment, let isPartial): add(segment, entry, isPartial: isPartial, bytes)
    case .history(_, suffix: ""), .backupHistory: Self.add(bytes, to: &contents.historyBytes)
    default: addStray(entry, bytes: bytes, count: 1, kind(of: entry))
    }
  }

  private mutating func add(_ segment: SegmentName, _ entry: String, isPartial: Bool, _ bytes: UInt64) {
    // What an archiving tool appended to a name makes it a file that no server reads.
    guard entry == segment.text || entry == segment.text + ".partial" else {
      addStray(entry, bytes: bytes, count: 1, .stays)
      return
    }
    guard !isPartial else { return Self.add(bytes, to: &contents.partialBytes) }
    guard let file = states[entry] else { return Self.add(bytes, to: &contents.foreignBytes) }
    switch file.state {
    case .live:
      guard let size = segmentSize, let number = segment.number(size: size) else {
        return Self.add(bytes, to: &contents.foreignBytes)
      }
      let isRegular = bytes == UInt64(size)
      if !isRegular, contents.irregular.count < WALFolderContents.listLimit {
        contents.irregular.append(
          WALFolderContents.IrregularSegment(timeline: segment.timeline, number: number, bytes: bytes))
      } else if !isRegular {
        contents.isIncomplete = true
      }
      Self.add(bytes, to: &contents.liveBytes)
    case .recycled, .preallocated: Self.add(bytes, to: &contents.spareBytes)
    default: Self.add(bytes, to: &contents.foreignBytes)
    }
  }

  private func kind(of entry: String) -> WALFolderContents.Stray.Kind {
    if entry.hasPrefix("xlogtemp."), removesTemporary { return .removedByStart }
    return ["RECOVERYXLOG", "RECOVERYHISTORY"].contains(entry) ? .removedByRecovery : .stays
  }

  private mutating func addStray(_ entry: String, bytes: UInt64, count: Int, _ kind: WALFolderContents.Stray.Kind) {
    contents.strayCount += count
    Self.add(bytes, to: &contents.strayBytes)
    contents.strays.append(WALFolderContents.Stray(path: "\(name)/\(entry)", bytes: bytes, kind: kind))
    // Now and then, so that a folder full of them does not fill memory.
    guard contents.strays.count > 32 * WALFolderContents.listLimit else { return }
    contents.strays.sort { $0.bytes > $1.bytes }
    contents.strays.removeLast(contents.strays.count - WALFolderContents.listLimit)
  }

  /// Of all files in a folder within this one.
  private mutating func size(of entry: String, depth: Int) -> (count: Int, bytes: UInt64) {
    guard depth <= Self.depthLimit else {
      contents.isIncomplete = true
      return (0, 0)
    }
    var (count, bytes) = (0, UInt64(0))
    for (name, status) in entries(of: "\(folder)/\(entry)", limit: FolderScan.defaultLimit) {
      let inner =
        status.kind == .directory
        ? size(of: "\(entry)/\(name)", depth: depth + 1) : (count: 1, bytes: UInt64(clamping: status.size))
      count += inner.count
      Self.add(inner.bytes, to: &bytes)
    }
    return (count, bytes)
  }

  /// Names and what `stat` tells of them; without what is gone meanwhile.
  private mutating func entries(of path: String, limit: Int) -> [(name: String, status: FileStatus)] {
    do throws(FileError) {
      return try storage.entries(of: path, limit: limit).compactMap { entry in
        guard entry.nameIsExact, let status = try? storage.status("\(path)/\(entry.name)", followingLinks: false)
        else { return nil }
        return (entry.name, status)
      }
    } catch {
      contents.isIncomplete = true
      return []
    }
  }

  private static func add(_ bytes: UInt64, to sum: inout UInt64) {
    sum = sum.addingReportingOverflow(bytes).partialValue
  }
}
