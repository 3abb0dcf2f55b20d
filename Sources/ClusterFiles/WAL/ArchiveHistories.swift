import ByteReading
package import Evidence
package import PostgresFormat

extension ArchivedTimelines {
  /// The timeline histories in an archive: in the folder itself and in those of its subfolders that segments lie in, or in the
  /// `folders` that ``ArchiveRoot`` found there. Throws ``FileError`` where a folder cannot be read; what is wrong with single files
  /// becomes a problem. With a node's evidence and directory the file that its archiver takes next is compared, too, and its
  /// segments are looked for: from where replay begins, or from `lowest` on, where that is before.
  package static func read(
    _ path: String, folders: [String]? = nil, beside node: (evidence: Evidence, directory: DataDirectory)? = nil,
    from lowest: LSN? = nil
  ) throws(FileError) -> (timelines: ArchivedTimelines, problems: [Problem]) {
    var inventory = WALInventory()
    for folder in folders ?? [path] { try inventory.add(folder: folder) }
    inventory.sort()
    inventory.settleGeometry()
    let paths = Dictionary(
      inventory.folders.flatMap { folder in folder.histories.map { ($0.timeline, "\(folder.path)/\($0.fileName)") } }
    ) { first, _ in first }
    var archive = ArchivedTimelines(path: path)
    archive.histories = inventory.readHistories().suffix(Evidence.timelineLimit).map { history in
      Located(history, path: paths[history.timeline] ?? path)
    }
    if let node { archive.segments = segments(inventory, for: node.evidence, from: lowest) }
    let problems = inventory.problems.filter { $0.path.contains(".history") }.prefix(100).map { problem in
      Problem(
        subject: "timeline_history", path: problem.path,
        cause: .other(code: "archive", message: problem.sentence))
    }
    if let node { archive.waiting = waiting(inventory, histories: paths, node) }
    return (archive, Array(problems))
  }

  /// Of the segments from the one on in which the node's replay begins, or the lowest position that is asked for, those that
  /// begin with a page of its own cluster; of so many.
  private static func segments(_ inventory: WALInventory, for node: Evidence, from lowest: LSN?) -> [SegmentRun] {
    guard let geometry = geometry(of: node), let control = node.control?.value else { return [] }
    let replay = node.startFiles.backupLabel?.value.startLSN ?? control.checkpoint.redo
    let begin = min(replay, lowest ?? replay)
    let first = SegmentNumber(containing: begin, size: geometry.segmentSize)
    var runs: [SegmentRun] = []
    var count = 0
    for file in inventory.files where !file.isPartial && count < segmentLimit {
      guard let number = file.name.number(size: geometry.segmentSize), number >= first else { continue }
      count += 1
      let start = number.start(size: geometry.segmentSize)
      guard isItsOwn(inventory.path(of: file), start: start, geometry) == true else { continue }
      runs.extend(with: number, on: file.name.timeline)
    }
    return runs
  }

  /// Segments of which the first page is read: what a backup needs to become consistent is at the beginning.
  private static let segmentLimit = 1000

  private static func geometry(of node: Evidence) -> WALGeometry? {
    guard let control = node.control?.value, let version = node.version else { return nil }
    return WALGeometry(
      version: version, segmentSize: Int(control.walSegmentSize), systemIdentifier: control.systemIdentifier)
  }

  /// nil where the archive has nothing of that name, one of both cannot be read, or it is neither a segment nor a history.
  private static func waiting(
    _ inventory: WALInventory, histories: [TimelineID: String], _ node: (evidence: Evidence, directory: DataDirectory)
  ) -> Copy? {
    guard let first = node.evidence.wal.archiveQueue?.first, let folder = node.evidence.wal.path else { return nil }
    let own = (path: "\(node.directory.path)/\(folder)/\(first)", storage: node.directory.storage)
    if let history = histories.first(where: { "\($0.key.hex).history" == first })?.value {
      guard let mine = try? own.storage.wholeFile(own.path, limit: historyLimit),
        let other = try? SegmentReader.wholeFile(history, limit: historyLimit)
      else { return nil }
      return Copy(path: history, likeness: mine == other ? .same : mine.starts(with: other) ? .incomplete : .different)
    }
    guard let name = SegmentName(first.utf8), let geometry = geometry(of: node.evidence),
      let number = name.number(size: geometry.segmentSize),
      let file = inventory.copies(of: name).first(where: { !$0.isPartial })
    else { return nil }
    let path = inventory.path(of: file)
    let start = number.start(size: geometry.segmentSize)
    guard isItsOwn(path, start: start, geometry) != false else { return Copy(path: path, likeness: .different) }
    switch SegmentComparison.compare(own, (path, PosixStorage()), start: start, geometry: geometry) {
    case .same: return Copy(path: path, likeness: .same)
    case .oneIsShorter: return Copy(path: path, likeness: .incomplete)
    case .different(let offset):
      var copy = Copy(path: path, likeness: .different)
      let difference = start.advanced(by: UInt64(offset))
      if let own = SegmentSoundness.own(of: node, name, difference: difference) {
        let known = node.evidence.timelines.map(\.value)
        copy.soundness = Soundness(
          archived: inventory.soundness(of: file, histories: known, difference: difference), own: own)
      }
      return copy
    case .unreadable: return nil
    }
  }

  /// Bytes of a history that is compared; those of a server have a few hundred.
  private static let historyLimit = 1 << 20

  /// Whether a file begins with the page of its position in this cluster; nil where it ends before, or cannot be read.
  private static func isItsOwn(_ path: String, start: LSN, _ geometry: WALGeometry) -> Bool? {
    guard var reader = try? SegmentReader(path: path) else { return nil }
    var page = [UInt8](repeating: 0, count: PageHeader.longSize)
    guard let count = try? reader.fill(&page, from: 0), count == page.count, page.contains(where: { $0 != 0 }) else {
      return nil
    }
    // SAFETY: the array's elements are plain bytes.
    guard let header = try? PageHeader(unsafe page.span.bytes) else { return false }
    return header.objection(at: start, geometry: geometry) == nil
  }
}
