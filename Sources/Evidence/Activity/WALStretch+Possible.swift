import PostgresFormat

extension WALStretch {
  /// Stretches of one node at most, the newest. Each begins after a segment that is missing or damaged.
  package static let limit = 1024

  /// Whether the counters of these stretches can be added up: all together they stay far below 64 bits; and whether they are
  /// no more than are ever read and go forward. What is read from WAL always does; an evidence file may be forged.
  package static func arePossible(_ stretches: [WALStretch]) -> Bool {
    var sum = Sum()
    for stretch in stretches { stretch.add(to: &sum) }
    return sum.value < 1 << 56 && stretches.count <= limit
      && stretches.allSatisfy { stretch in
        stretch.from <= stretch.to && stretch.activity.openTransactionCount >= 0
          && stretch.activity.databases.allSatisfy { $0.earlier.allSatisfy { $0.first <= $0.last } }
      }
  }

  /// Entries in its lists, by which memory is bounded.
  package var entryCount: Int {
    var count = 1 + activity.runningTransactions.count + activity.catalogCleanups.count
    count += activity.openTransactions.count + (activity.preparedRollbacks?.count ?? 0)
    for open in activity.openPreparedTransactions { count += 1 + open.relations.count }
    for database in activity.databases {
      count += 1 + database.earlier.count + database.messages.count
      for commit in database.commits { count += commit.entryCount }
    }
    return count
  }

  private func add(to sum: inout Sum) {
    sum.add(activity.recordCount, activity.recordBytes, UInt64(clamping: activity.openTransactionCount))
    for cleanup in activity.catalogCleanups { sum.add(cleanup.count) }
    for open in activity.openTransactions { sum.add(open.bytes) }
    for open in activity.openPreparedTransactions {
      sum.add(open.bytes)
      for change in open.relations { sum.add(change.inserts, change.updates, change.deletes) }
    }
    for database in activity.databases {
      sum.add(database.commitCount, database.messageCount)
      for bucket in database.earlier { sum.add(bucket.commits, bucket.rows, bucket.bytes) }
      for commit in database.commits {
        sum.add(commit.bytes)
        for change in commit.relations { sum.add(change.inserts, change.updates, change.deletes) }
      }
    }
  }

  private struct Sum {
    var value: UInt64 = 0
    mutating func add(_ numbers: UInt64...) {
      for number in numbers {
        let (sum, overflow) = value.addingReportingOverflow(number)
        value = overflow ? .max : sum
      }
    }
  }
}
