import ArgumentParser
import PostgresFormat

/// STARTSEG and ENDSEG, as pg_waldump takes them: two segments of one folder with all that is between them, or one alone.
///
/// Names without a folder are looked for in the WAL folder or data directory that was given, else in the current folder.
/// A single file with its path is no range: it is read as it is, wherever it lies.
struct WalSegmentRange {
  /// The first segment.
  var first: SegmentName
  /// The last one, on the same timeline.
  var last: SegmentName
  /// Where they are; none where the data directory has them.
  var folders: [String]

  /// nil where the operands are not one or two segments of one folder and timeline.
  init?(_ source: WalSourceOptions) throws {
    let parts = source.files.map(Self.split)
    guard (1...2).contains(parts.count), let first = parts[0].name, let last = parts[parts.count - 1].name,
      first.timeline == last.timeline
    else { return nil }
    let folder = parts[0].folder
    let isNamed = source.dataDirectory != nil || !source.walFolders.isEmpty
    guard parts.count == 1 ? folder == nil && isNamed : parts[1].folder == nil || parts[1].folder == folder else {
      return nil
    }
    guard (first.log, first.segment) <= (last.log, last.segment) else {
      throw ValidationError("ENDSEG \(last) is before STARTSEG \(first)")
    }
    (self.first, self.last) = (first, last)
    folders = folder.map { [$0] } ?? (isNamed ? source.walFolders : ["."])
  }

  private static func split(_ path: String) -> (folder: String?, name: SegmentName?) {
    guard let slash = path.lastIndex(of: "/") else { return (nil, SegmentName(path.utf8)) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, SegmentName(path[path.index(after: slash)...].utf8))
  }
}
