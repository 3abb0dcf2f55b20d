import PostgresFormat

/// What a transaction has done in a stretch.
struct ActivityWork: TransactionWork {
  var first: LSN
  var bytes: UInt64 = 0
  var relations: [RelationChanges] = []
  var truncated: [OID] = []
  var changesCatalogs = false
  var changesPublications = false
  /// No relation is missing.
  var isComplete = true
  var prepared: Prepared?

  struct Prepared: Sendable {
    var gid: String
    var database: OID
    var start: LSN
    var end: LSN
    var time: Timestamp
  }

  init(first: LSN) { self.first = first }

  var isPrepared: Bool { prepared != nil }
  var entryCount: Int { relations.count + truncated.count }

  mutating func add(_ other: Self, limit: Int) {
    first = min(first, other.first)
    bytes &+= other.bytes
    changesCatalogs = changesCatalogs || other.changesCatalogs
    changesPublications = changesPublications || other.changesPublications
    isComplete = isComplete && other.isComplete
    prepared = other.prepared ?? prepared
    truncate(other.truncated, limit: limit)
    if relations.isEmpty, other.relations.count <= limit {
      relations = other.relations
      return
    }
    for change in other.relations {
      update(change.relation, limit: limit) {
        $0.inserts &+= change.inserts
        $0.updates &+= change.updates
        $0.deletes &+= change.deletes
        $0.isToast = $0.isToast || change.isToast
      }
    }
  }

  mutating func truncate(_ relations: [OID], limit: Int) {
    for relation in relations where !truncated.contains(relation) {
      guard truncated.count < limit else {
        isComplete = false
        return
      }
      truncated.append(relation)
    }
  }

  @inline(__always)
  mutating func update(_ relation: RelationLocator, limit: Int, _ change: (inout RelationChanges) -> Void) {
    // Changes come in runs of one relation, and mostly of few.
    var index = relations.count - 1
    while index >= 0 {
      if relations[index].relation.isSame(as: relation) { return change(&relations[index]) }
      index -= 1
    }
    guard relations.count < limit else {
      isComplete = false
      return
    }
    if relations.isEmpty { relations.reserveCapacity(4) }
    relations.append(RelationChanges(relation: relation))
    change(&relations[relations.count - 1])
  }
}

extension RelationLocator {
  /// Equality without a call: the numbers mostly differ.
  @inline(__always)
  func isSame(as other: RelationLocator) -> Bool {
    number == other.number && database.rawValue == other.database.rawValue
      && tablespace.rawValue == other.tablespace.rawValue
  }
}
