package import PostgresFormat

/// A stretch of WAL that was read without a break, and what happened in it.
///
/// Ranges are decided by what was really read: outside of stretches everything is open.
package struct WALStretch: Sendable, Hashable {
  /// Every record that begins at or after `from` and ends at or before `to` was read.
  package var from: LSN
  /// Where the last record that was read ends; the next one would begin here.
  package var to: LSN
  /// Commits, running transactions, clean-ups and events in it, kept within limits.
  package var activity: WALActivity
  /// `from` is not to exceed `to`, and `activity` is that of the records in between.
  package init(from: LSN, to: LSN, activity: WALActivity) { (self.from, self.to, self.activity) = (from, to, activity) }
}
