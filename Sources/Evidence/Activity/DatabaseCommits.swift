import PostgresFormat

/// The commits of one database while they are collected: the newest ones one by one, older ones summed up.
struct DatabaseCommits: Sendable {
  /// Commits are summed up by stretches of this many bytes of WAL, as long as there are few enough of them.
  static let bucketWidth: UInt64 = 16 << 20
  static let bucketLimit = 1024

  let limit: Int
  private(set) var activity: DatabaseActivity

  init(database: OID?, limit: Int) {
    self.limit = max(1, limit)
    activity = DatabaseActivity(database: database)
  }

  mutating func add(_ commit: CommitEvent) {
    activity.commitCount &+= 1
    activity.commits.append(commit)
    trim(atMost: 2 * limit)
  }

  mutating func add(message lsn: LSN, limit: Int) {
    activity.messageCount &+= 1
    activity.messages.append(lsn)
    if activity.messages.count > 2 * limit { activity.messages.removeFirst(activity.messages.count - limit) }
  }

  /// Adds what a transaction did in an earlier stretch to its commit in this one.
  mutating func complete(_ commitStart: LSN, with transaction: PendingTransactions.Transaction, limit: Int) {
    guard let index = activity.commits.lastIndex(where: { $0.start == commitStart }) else { return }
    var sum = PendingTransactions.Transaction(activity.commits[index])
    sum.add(transaction, limit: limit)
    sum.write(to: &activity.commits[index])
  }

  /// Appends the commits of a later stretch.
  mutating func append(_ later: DatabaseCommits, messageLimit: Int) {
    activity.commitCount &+= later.activity.commitCount
    if !later.activity.earlier.isEmpty {
      trim(atMost: 0)
      for bucket in later.activity.earlier { add(bucket) }
    }
    activity.commits += later.activity.commits
    trim(atMost: 2 * limit)
    activity.messageCount &+= later.activity.messageCount
    activity.messages += later.activity.messages
    if activity.messages.count > messageLimit {
      activity.messages.removeFirst(activity.messages.count - messageLimit)
    }
  }

  func finished(messageLimit: Int) -> DatabaseActivity {
    var result = self
    result.trim(atMost: limit)
    if result.activity.messages.count > messageLimit {
      result.activity.messages.removeFirst(result.activity.messages.count - messageLimit)
    }
    return result.activity
  }

  /// Sums up the oldest commits once there are more than `atMost`, down to `limit` or, where that is 0, all.
  private mutating func trim(atMost: Int) {
    guard activity.commits.count > atMost else { return }
    let excess = activity.commits.count - min(limit, atMost)
    for commit in activity.commits.prefix(excess) {
      add(
        CommitBucket(
          first: commit.start, last: commit.start, commits: 1, rows: commit.rowCount, bytes: commit.bytes))
    }
    activity.commits.removeFirst(excess)
  }

  private mutating func add(_ bucket: CommitBucket) {
    if let last = activity.earlier.indices.last,
      activity.earlier[last].first.rawValue / Self.bucketWidth == bucket.last.rawValue / Self.bucketWidth
    {
      activity.earlier[last].append(bucket)
      return
    }
    activity.earlier.append(bucket)
    guard activity.earlier.count > Self.bucketLimit else { return }
    activity.earlier = stride(from: 0, to: activity.earlier.count, by: 2).map { index in
      var pair = activity.earlier[index]
      if index + 1 < activity.earlier.count { pair.append(activity.earlier[index + 1]) }
      return pair
    }
  }
}

extension CommitBucket {
  /// Takes in the bucket behind this one.
  fileprivate mutating func append(_ later: CommitBucket) {
    last = later.last
    commits &+= later.commits
    rows &+= later.rows
    bytes &+= later.bytes
  }
}

extension PendingTransactions.Transaction {
  init(_ commit: CommitEvent) {
    self.init(first: commit.start)
    (bytes, relations, truncated) = (commit.bytes, commit.relations, commit.truncated)
    (changesCatalogs, isComplete) = (commit.changesCatalogs, commit.relationsComplete)
  }

  /// Rows can be told only under logical decoding; a commit without a database was not written under it.
  func write(to commit: inout CommitEvent) {
    commit.bytes = bytes
    commit.changesCatalogs = changesCatalogs
    commit.relations = relations
    commit.truncated = truncated
    commit.relationsComplete = isComplete
    if let prepared { commit.preparedAt = prepared.start }
  }
}
