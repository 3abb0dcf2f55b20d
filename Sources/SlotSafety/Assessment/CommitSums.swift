import Evidence
import PostgresFormat

/// The tables that some commits changed.
struct ChangedTables: Sendable {
  var rows: [RelationLocator: RelationRows] = [:]
  /// OIDs of tables emptied by TRUNCATE.
  var truncated: Set<OID> = []
  /// Every commit has all its tables.
  var isComplete = true

  mutating func add(_ commit: CommitEvent) {
    if !commit.relationsComplete { isComplete = false }
    truncated.formUnion(commit.truncated)
    for change in commit.relations where !change.isToast {
      add(
        RelationRows(
          relation: change.relation, inserts: change.inserts, updates: change.updates, deletes: change.deletes))
    }
  }

  mutating func add(_ other: ChangedTables) {
    isComplete = isComplete && other.isComplete
    truncated.formUnion(other.truncated)
    for row in other.rows.values { add(row) }
  }

  private mutating func add(_ more: RelationRows) {
    guard var sum = rows[more.relation] else {
      rows[more.relation] = more
      return
    }
    sum.inserts &+= more.inserts
    sum.updates &+= more.updates
    sum.deletes &+= more.deletes
    rows[more.relation] = sum
  }
}

/// What the listed commits of one database add up to, so that a long range is not added up commit by commit for each slot.
struct CommitSums: Sendable {
  private static let runLength = 64

  /// Of each run of ``runLength`` commits.
  private let runs: [ChangedTables]
  /// Transactions that were prepared in the stretch: where, and where they were committed.
  let prepared: [(at: LSN, committed: LSN)]
  /// Bytes that were written by the commits before each, and by all.
  private let written: [UInt64]

  init(_ commits: [CommitEvent]) {
    runs = stride(from: 0, to: commits.count - Self.runLength + 1, by: Self.runLength).map { start in
      var tables = ChangedTables()
      for commit in commits[start..<start + Self.runLength] { tables.add(commit) }
      return tables
    }
    prepared = commits.compactMap { commit in commit.preparedAt.map { ($0, commit.start) } }
    var sum: UInt64 = 0
    written =
      [0]
      + commits.map { commit in
        sum &+= commit.bytes
        return sum
      }
  }

  /// What a slice of the commits that these sums were made of wrote, in bytes.
  func bytes(of commits: ArraySlice<CommitEvent>) -> UInt64 {
    written[commits.endIndex] &- written[commits.startIndex]
  }

  /// Adds a slice of the commits that these sums were made of.
  func add(_ commits: ArraySlice<CommitEvent>, to tables: inout ChangedTables) {
    var index = commits.startIndex
    while index < commits.endIndex {
      let run = index / Self.runLength
      if index % Self.runLength == 0, index + Self.runLength <= commits.endIndex, run < runs.count {
        tables.add(runs[run])
        index += Self.runLength
      } else {
        tables.add(commits[index])
        index += 1
      }
    }
  }
}
