package import Evidence
package import PostgresFormat

/// What there is in pg_logical/snapshots, readable or not. Made once for all slots: there may be many of both.
package struct SnapshotFiles: Sendable {
  /// The positions of those that can be read.
  let readable: Set<LSN>
  /// The paths of those that cannot, by their positions.
  let damaged: [LSN: String]
  /// The folder itself, where that cannot be read.
  let folder: String?
  /// Of those that cannot be read the one that could be needed by most slots: of no position, or of the newest.
  private let newest: (path: String, lsn: LSN?)?

  /// By the files that were read, and the problems with them.
  package init(_ evidence: Evidence) {
    readable = Set(evidence.snapshots.lazy.map(\.value.lsn))
    let unread = evidence.unreadSnapshots
    damaged = Dictionary(unread.compactMap { file in file.lsn.map { ($0, file.path) } }) { first, _ in first }
    folder = unread.first { $0.lsn == nil }?.path
    newest = unread.max { ($0.lsn?.rawValue ?? .max) < ($1.lsn?.rawValue ?? .max) }
  }

  /// Whether WAL has to tell what decoding from a position does.
  package func mayLack(_ restart: LSN) -> Bool { !readable.contains(restart) }

  /// One that cannot be read and that decoding from a position may come to; nil where there is none.
  func damaged(from restart: LSN) -> String? {
    newest.flatMap { $0.lsn.map { $0 >= restart } ?? true ? $0.path : nil }
  }
}

extension Evidence {
  /// Files in pg_logical/snapshots that cannot be read, with the positions in their names; the folder itself has none.
  var unreadSnapshots: [(path: String, lsn: LSN?)] {
    problems.filter { $0.subject == "snapshot" }.map { problem in
      (problem.path, problem.path.split(separator: "/").last.flatMap { SnapshotFileName(String($0))?.lsn })
    }
  }
}
