package import PostgresFormat

/// Timeline histories without a node: one file, or all of an archive.
package enum HistoryFolder {
  /// Whether the path is a file with a history's name, or a folder that is not a data directory and has such files.
  package static func isOne(_ path: String) -> Bool {
    guard let status = try? FileStatus(path: path) else { return false }
    if status.kind == .regular { return timeline(ofFile: path) != nil }
    guard status.kind == .directory, !DataDirectory.exists(path + "/PG_VERSION") else { return false }
    return !histories(in: path).isEmpty
  }

  /// What can be read there, by timeline; nothing where there is none.
  package static func histories(in path: String) -> [TimelineHistory] {
    if let timeline = timeline(ofFile: path) {
      guard let bytes = try? SegmentReader.wholeFile(path, limit: TimelineHistory.fileSizeLimit) else { return [] }
      // SAFETY: the array's elements are plain bytes.
      guard let history = try? TimelineHistory(parsing: unsafe bytes.span.bytes, timeline: timeline) else { return [] }
      return [history]
    }
    var inventory = WALInventory()
    guard (try? inventory.add(folder: path)) != nil else { return [] }
    return inventory.readHistories()
  }

  private static func timeline(ofFile path: String) -> TimelineID? {
    let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
    // SAFETY: the bytes are the array's own, and are looked at during the call only.
    return unsafe name.withUnsafeBytes { bytes in
      guard case .history(let timeline, _) = unsafe ArchiveEntryName(bytes) else { return nil }
      return timeline
    }
  }
}
