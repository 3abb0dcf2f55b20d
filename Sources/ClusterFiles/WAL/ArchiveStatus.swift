import Evidence
import PostgresFormat

/// What `archive_status` says of the segments: which are copied (`NAME.done`), and how many wait for it (`NAME.ready`).
struct ArchiveStatus {
  private(set) var readyCount = 0
  /// By runs; empty where the segment size is not known.
  private(set) var done: [SegmentRun] = []

  /// A folder that is not there says nothing. Throws where it cannot be read to its end.
  init(folder: String, in storage: any ClusterStorage, segmentSize: Int?, limit: Int = FolderScan.defaultLimit)
    throws(FileError)
  {
    var names: [SegmentName] = []
    var ready = 0
    guard try storage.exists(folder) else { return }
    try unsafe storage.forEachName(in: folder, limit: limit) { name, _ in
      if unsafe Self.has(name, ".ready") { ready += 1 }
      guard unsafe Self.has(name, ".done"), name.count == ArchiveEntryName.segmentDigits + 5,
        let segment = unsafe SegmentName(
          rawName: UnsafeRawBufferPointer(rebasing: name.prefix(ArchiveEntryName.segmentDigits)))
      else { return }
      names.append(segment)
    }
    readyCount = ready
    guard let segmentSize else { return }
    for name in names.sorted() {
      guard let number = name.number(size: segmentSize) else { continue }
      done.extend(with: number, on: name.timeline)
    }
  }

  private static func has(_ name: UnsafeRawBufferPointer, _ suffix: StaticString) -> Bool {
    suffix.withUTF8Buffer { wanted in
      unsafe name.count > wanted.count && name.suffix(wanted.count).elementsEqual(wanted)
    }
  }
}
