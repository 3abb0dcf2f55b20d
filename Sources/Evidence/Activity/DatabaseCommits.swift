import PostgresFormat

/// The commits of one database while they are collected: the newest ones one by one, older ones summed up.
struct DatabaseCommits: Sendable {
  /// Commits are summed up by stretches of this many bytes of WAL, as long as there are few enough of them.
  static let bucketWidth: UInt64 = 16 << 20
  static let bucketLimit = 1024

  let limit: Int
  private(set) var activity: DatabaseActivity
  /// Commits before those in `activity`, as they came: all of them still listed.
  private var parts: [[CommitEvent]] = []
  private var listed = 0

  init(database: OID?, limit: Int) {
    self.limit = max(1, limit)
    activity = DatabaseActivity(database: database)
  }

  mutating func add(_ commit: CommitEvent) {
    activity.commitCount &+= 1
    listed += 1
    activity.commits.append(commit)
    if activity.commits.count >= limit { closePart() }
  }

  mutating func add(message lsn: LSN, limit: Int) {
    activity.messageCount &+= 1
    activity.messages.append(lsn)
    if activity.messages.count > 2 * limit { activity.messages.removeFirst(activity.messages.count - limit) }
  }

  /// Adds what a transaction did in an earlier stretch to its commit in this one.
  mutating func complete(_ commitStart: LSN, with transaction: PendingTransactions.Transaction, limit: Int) {
    guard !Self.complete(commitStart, in: &activity.commits, transaction, limit) else { return }
    for index in parts.indices.reversed() where Self.complete(commitStart, in: &parts[index], transaction, limit) {
      return
    }
  }

  private static func complete(
    _ commitStart: LSN, in commits: inout [CommitEvent], _ transaction: PendingTransactions.Transaction, _ limit: Int
  ) -> Bool {
    let index = commits.partitionPoint { $0.start >= commitStart }
    guard index < commits.count, commits[index].start == commitStart else { return false }
    var sum = PendingTransactions.Transaction(commits[index])
    sum.add(transaction, limit: limit)
    sum.write(to: &commits[index])
    return true
  }

  /// Appends the commits of a later stretch.
  mutating func append(_ later: DatabaseCommits, messageLimit: Int) {
    activity.commitCount &+= later.activity.commitCount
    closePart()
    if !later.activity.earlier.isEmpty {
      sumUp(keeping: 0)
      for bucket in later.activity.earlier { add(bucket) }
    }
    parts += later.parts
    if !later.activity.commits.isEmpty { parts.append(later.activity.commits) }
    listed += later.listed
    sumUp(keeping: limit)
    activity.messageCount &+= later.activity.messageCount
    activity.messages += later.activity.messages
    if activity.messages.count > messageLimit {
      activity.messages.removeFirst(activity.messages.count - messageLimit)
    }
  }

  func finished(messageLimit: Int) -> DatabaseActivity {
    var result = self
    result.closePart()
    let excess = result.listed - limit
    if excess > 0, let oldest = result.parts.first {
      // Whole parts that are not needed have gone already.
      for commit in oldest.prefix(excess) { result.add(CommitBucket(commit)) }
      result.parts[0].removeFirst(excess)
    }
    result.activity.commits = result.parts.count == 1 ? result.parts[0] : Array(result.parts.joined())
    if result.activity.messages.count > messageLimit {
      result.activity.messages.removeFirst(result.activity.messages.count - messageLimit)
    }
    return result.activity
  }

  private mutating func closePart() {
    if !activity.commits.isEmpty {
      parts.append(activity.commits)
      activity.commits = []
    }
    sumUp(keeping: limit)
  }

  /// Sums up the oldest parts, as long as at least so many commits stay listed.
  private mutating func sumUp(keeping count: Int) {
    while let oldest = parts.first, listed - oldest.count >= count {
      for commit in oldest { add(CommitBucket(commit)) }
      parts.removeFirst()
      listed -= oldest.count
    }
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
  fileprivate init(_ commit: CommitEvent) {
    self.init(first: commit.start, last: commit.start, commits: 1, rows: commit.rowCount, bytes: commit.bytes)
  }

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
