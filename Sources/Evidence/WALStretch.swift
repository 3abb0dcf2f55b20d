package import PostgresFormat

/// A stretch of WAL that was read without a break, and what happened in it.
///
/// Ranges are decided by what was really read: outside of stretches everything is open.
package struct WALStretch: Sendable, Hashable, Codable {
  /// Every record that begins at or after `from` and ends at or before `to` was read.
  package var from: LSN
  package var to: LSN
  package var activity: WALActivity
  package init(from: LSN, to: LSN, activity: WALActivity) { (self.from, self.to, self.activity) = (from, to, activity) }
}
