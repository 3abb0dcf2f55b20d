import PostgresFormat

extension WALStretch {
  /// Whether the counters of these stretches can be added up: all together they stay far below 64 bits. What is read from
  /// WAL always does; an evidence file may be forged.
  package static func arePossible(_ stretches: [WALStretch]) -> Bool {
    var sum = Sum()
    for stretch in stretches { stretch.add(to: &sum) }
    return sum.value < 1 << 56 && stretches.allSatisfy { $0.from <= $0.to && $0.activity.openTransactionCount >= 0 }
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
