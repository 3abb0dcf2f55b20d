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
  mutating func complete(_ commitStart: LSN, with transaction: ActivityWork, limit: Int) {
    guard !Self.complete(commitStart, in: &activity.commits, transaction, limit) else { return }
    for index in parts.indices.reversed() where Self.complete(commitStart, in: &parts[index], transaction, limit) {
      return
    }
  }

  private static func complete(
    _ commitStart: LSN, in commits: inout [CommitEvent], _ transaction: ActivityWork, _ limit: Int
  ) -> Bool {
    let index = commits.partitionPoint { $0.start >= commitStart }
    guard index < commits.count, commits[index].start == commitStart else { return false }
    var sum = ActivityWork(commits[index])
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
    activity.messages.keepLast(messageLimit)
  }

  func finished(messageLimit: Int) -> DatabaseActivity {
    var result = self
    result.keepLimits(messageLimit: messageLimit)
    result.activity.commits = result.parts.count == 1 ? result.parts[0] : Array(result.parts.joined())
    return result.activity
  }

  /// Sums up what is listed beyond the limits, which adding does not do one by one.
  mutating func keepLimits(messageLimit: Int) {
    closePart()
    let excess = listed - limit
    // Whole parts that are not needed have gone already.
    if excess > 0, let oldest = parts.first, excess < oldest.count { sumUpCommits(before: oldest[excess].start) }
    activity.messages.keepLast(messageLimit)
  }

  /// Where everything begins that is listed, and how many entries it has.
  var entries: [(lsn: LSN, count: Int)] {
    (parts.joined() + activity.commits).map { ($0.start, $0.entryCount) } + activity.messages.map { ($0, 1) }
  }

  /// Sums up the commits that begin before a position, and lists its messages no more.
  mutating func sumUp(before position: LSN) {
    closePart()
    sumUpCommits(before: position)
    activity.messages.removeFirst(activity.messages.partitionPoint { $0 >= position })
  }

  private mutating func sumUpCommits(before position: LSN) {
    for index in parts.indices {
      let count = parts[index].partitionPoint { $0.start >= position }
      for commit in parts[index].prefix(count) { add(CommitBucket(commit)) }
      parts[index].removeFirst(count)
      listed -= count
    }
    parts.removeAll(where: \.isEmpty)
  }

  /// Half as many sums of older commits.
  mutating func pairBuckets() {
    activity.earlier = stride(from: 0, to: activity.earlier.count, by: 2).map { index in
      var pair = activity.earlier[index]
      if index + 1 < activity.earlier.count { pair.append(activity.earlier[index + 1]) }
      return pair
    }
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
    if activity.earlier.count > Self.bucketLimit { pairBuckets() }
  }
}

extension [DatabaseCommits] {
  /// Keeps the newest that is listed, up to a number of entries in all databases together; sums of what is older are fewer.
  /// Answers how many entries there are then.
  mutating func keepNewest(entries limit: Int, messageLimit: Int) -> Int {
    for index in indices { self[index].keepLimits(messageLimit: messageLimit) }
    var kept = 0
    let listed = flatMap(\.entries).sorted { $0.lsn > $1.lsn }
    for (index, entry) in listed.enumerated() {
      guard kept + entry.count > limit else {
        kept += entry.count
        continue
      }
      let first = index > 0 ? listed[index - 1].lsn : LSN(.max)
      for index in indices { self[index].sumUp(before: first) }
      break
    }
    var buckets = reduce(0) { $0 + $1.activity.earlier.count }
    while buckets > Swift.max(limit / 4, count) {
      for index in indices { self[index].pairBuckets() }
      buckets = reduce(0) { $0 + $1.activity.earlier.count }
    }
    return kept + buckets
  }
}

extension CommitEvent {
  /// By which memory is bounded.
  var entryCount: Int { 1 + relations.count + truncated.count }
}

extension CommitBucket {
  fileprivate init(_ commit: CommitEvent) {
    self.init(first: commit.start, last: commit.start, commits: 1, rows: commit.rowCount, bytes: commit.bytes)
  }

  /// Takes in the bucket after this one.
  fileprivate mutating func append(_ later: CommitBucket) {
    last = later.last
    commits &+= later.commits
    rows &+= later.rows
    bytes &+= later.bytes
  }
}

extension ActivityWork {
  init(_ commit: CommitEvent) {
    self.init(first: commit.start)
    (bytes, relations, truncated) = (commit.bytes, commit.relations, commit.truncated)
    (changesCatalogs, isComplete) = (commit.changesCatalogs, commit.relationsComplete)
    changesPublications = commit.changesPublications ?? false
  }

  /// Rows can be told only under logical decoding; a commit without a database was not written under it.
  func write(to commit: inout CommitEvent) {
    commit.bytes = bytes
    commit.changesCatalogs = changesCatalogs
    commit.changesPublications = changesPublications ? true : nil
    commit.relations = relations
    commit.truncated = truncated
    commit.relationsComplete = isComplete
    guard let prepared else { return }
    commit.preparedAt = prepared.start
    commit.gid = commit.gid ?? prepared.gid
  }
}
