import Evidence
import PostgresFormat

/// What `archive_status` says of the segments: which are copied (`NAME.done`), and how many wait for it (`NAME.ready`).
struct ArchiveStatus {
  private(set) var readyCount = 0
  /// By runs; empty where the segment size is not known.
  private(set) var done: [SegmentRun] = []
  /// What waits.
  private(set) var queue = ArchiveQueue()

  /// A folder that is not there says nothing. Throws where it cannot be read to its end.
  init(folder: String, in storage: any ClusterStorage, segmentSize: Int?, limit: Int = FolderScan.defaultLimit)
    throws(FileError)
  {
    var names: [SegmentName] = []
    var ready = 0
    var waiting: [String] = []
    guard try storage.exists(folder) else { return }
    try unsafe storage.forEachName(in: folder, limit: limit) { name, _ in
      if unsafe Self.has(name, ".ready") {
        ready += 1
        unsafe waiting.append(String(decoding: name.dropLast(6), as: UTF8.self))
      }
      guard unsafe Self.has(name, ".done"), name.count == ArchiveEntryName.segmentDigits + 5,
        let segment = unsafe SegmentName(
          rawName: UnsafeRawBufferPointer(rebasing: name.prefix(ArchiveEntryName.segmentDigits)))
      else { return }
      names.append(segment)
    }
    readyCount = ready
    queue = Self.queue(of: waiting, folder: folder, storage)
    guard let segmentSize else { return }
    for name in names.sorted() {
      guard let number = name.number(size: segmentSize) else { continue }
      done.extend(with: number, on: name.timeline)
    }
  }

  /// Histories go before segments, and of each the lowest name first.
  private static func queue(of waiting: [String], folder: String, _ storage: any ClusterStorage) -> ArchiveQueue {
    var queue = ArchiveQueue()
    let first = waiting.min { a, b in
      let (isFirst, isOther) = (a.hasSuffix(".history"), b.hasSuffix(".history"))
      return isFirst != isOther ? isFirst : a < b
    }
    guard let first else { return queue }
    queue.first = first
    queue.since = (try? storage.status("\(folder)/\(first).ready", followingLinks: false))?.modifiedAt
    let parent = folder.lastIndex(of: "/").map { String(folder[...$0]) } ?? ""
    for name in waiting.sorted().prefix(orphanLimit) where storage.isGone("\(parent)\(name)") {
      queue.orphan = queue.orphan ?? name
      queue.orphanCount += 1
    }
    return queue
  }

  /// Files that are looked for.
  private static let orphanLimit = 10_000

  private static func has(_ name: UnsafeRawBufferPointer, _ suffix: StaticString) -> Bool {
    suffix.withUTF8Buffer { wanted in
      unsafe name.count > wanted.count && name.suffix(wanted.count).elementsEqual(wanted)
    }
  }
}
