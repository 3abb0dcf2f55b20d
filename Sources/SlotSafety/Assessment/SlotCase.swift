import Evidence
import PostgresFormat

/// One slot in one failover: all that its rules look at.
struct SlotCase: Sendable {
  let failover: Failover
  let situation: Situation
  /// The slot's file on the primary, or, where no primary was given, on the standby.
  let evidence: SlotEvidence
  /// The primary's slot. Where no primary was given, what the standby's own tells of it; of an unreadable file the folder's name.
  let slot: SlotState
  /// What the standby has under the name.
  let copyEvidence: SlotEvidence?
  /// The same, where it can be read.
  let copy: SlotState?
  /// How far its consumer is.
  let consumer: Position
  /// A subscription's worker copies a table through it.
  let initialCopy: TableSynchronization?

  /// nil for slots that nobody asks about: temporary ones of followers, and without a primary all but finished logical ones.
  init?(_ evidence: SlotEvidence, in failover: Failover) {
    (self.failover, self.evidence) = (failover, evidence)
    guard failover.hasPrimary else {
      guard let own = evidence.state, own.isLogical, own.persistency == .persistent else { return nil }
      slot = own.asOfPrimary(failover.version)
      (copyEvidence, copy, initialCopy) = (evidence, own, nil)
      consumer = ConsumerPosition.find(of: slot, in: failover)
      situation = own.invalidation == nil ? .alone : .aloneInvalidated
      return
    }
    slot = evidence.state ?? SlotState(name: evidence.directory)
    copyEvidence = evidence.state.flatMap { failover.copy(of: $0.name) }
    copy = copyEvidence?.state
    guard evidence.state?.isLogical != false else {
      guard slot.persistency == .persistent else { return nil }
      consumer = Position(atLeast: slot.restartLSN.nonZero, atMost: failover.primaryEnd, basis: "the primary's slot")
      situation = slot.name == failover.physicalSlot?.name ? .standbysOwn : .follower
      initialCopy = nil
      return
    }
    consumer =
      evidence.state == nil
      ? Position(atLeast: nil, atMost: nil, basis: "nothing") : ConsumerPosition.find(of: slot, in: failover)
    let synchronization = TableSynchronization(slot, subscribers: failover.subscribers)
    initialCopy = synchronization?.isConsumer == false ? synchronization : nil
    situation =
      evidence.state == nil
      ? .unreadable : initialCopy != nil ? .initialCopy : Situation(slot, copyEvidence, in: failover)
  }

  /// Where its consumer is, at least.
  var consumerAtLeast: LSN { consumer.atLeast ?? slot.confirmedFlush }

  /// What was committed for the slot in `from ..< to`, on the primary's timelines.
  func changes(from: LSN, to: LSN, isExact: Bool = false) -> CommittedChanges {
    failover.changes.changes(
      in: slot.database, from: from, to: to, twoPhase: slot.twoPhase ?? false, isExact: isExact)
  }

  var onPrimary: SlotFacts { failover.onPrimary(slot) }
  var onStandby: SlotFacts { failover.onStandby(copy ?? slot) }

  /// About this slot.
  func finding(_ rule: RuleID, _ message: String, _ facts: [Fact], _ remedy: String? = nil) -> Finding {
    Finding(rule, slot: slot.name, message, facts: facts, remedy: remedy)
  }

  /// A rule fails: the verdict, the headline, and why.
  func fails(
    _ verdict: Verdict, _ headline: String, _ rule: RuleID, _ message: String, _ facts: [Fact], _ remedy: String? = nil
  ) -> Outcome { .fails(verdict, headline, finding(rule, message, facts, remedy)) }
}

/// What a slot of the primary is in by the two nodes' files: which rules are asked of it.
enum Situation: Sendable, Hashable, CaseIterable {
  /// The primary's file of it cannot be read.
  case unreadable
  /// A subscription's worker copies a table through it (``TableSynchronization``).
  case initialCopy
  case temporary
  /// Invalid on the primary, without a usable slot on the standby.
  case invalidated
  /// The primary was still making it.
  case creating
  /// The standby's file of it cannot be read.
  case copyUnreadable
  /// Before the promotion, without a usable slot on the standby: there is none, it is being made, temporary, or invalid.
  case absent, copyCreating, copyTemporary, copyInvalidated
  /// Before the promotion, with one.
  case present
  /// The standby is the former primary itself.
  case ownNode
  /// After the promotion: without a usable slot, with one from before it, with one that begins after it.
  case missing, carriedOver, startsLater
  /// A standby's slot without the primary's.
  case alone, aloneInvalidated
  /// A physical slot: of another follower, or this standby's own.
  case follower, standbysOwn

  /// Of a finished logical slot that can be read.
  fileprivate init(_ slot: SlotState, _ found: SlotEvidence?, in failover: Failover) {
    let copy = found?.state
    let isUsable = copy?.isUsable == true
    // A valid slot on the standby may go on where the primary's cannot: then the invariants decide.
    self =
      if slot.persistency != .persistent {
        .temporary
      } else if slot.invalidation != nil, !isUsable {
        .invalidated
      } else if !slot.confirmedFlush.isValid {
        .creating
      } else if found != nil, copy == nil {
        .copyUnreadable
      } else if failover.isPromoted {
        !isUsable ? .missing : (copy?.confirmedFlush ?? .none) <= failover.standbyEnd ? .carriedOver : .startsLater
      } else if isUsable {
        failover.isOwnNode ? .ownNode : .present
      } else if let copy, copy.persistency != .persistent {
        copy.persistency == .ephemeral ? .copyCreating : .copyTemporary
      } else {
        copy?.invalidation == nil ? .absent : .copyInvalidated
      }
  }
}

extension Set<Situation> {
  /// A usable slot is on the standby.
  static let withCopy: Self = [.present, .ownNode, .carriedOver, .startsLater, .alone]
  /// None is, and the promotion is still to come.
  static let withoutCopy: Self = [.absent, .copyCreating, .copyTemporary, .copyInvalidated]
  static let promoted: Self = [.missing, .carriedOver, .startsLater]
}

extension SlotState {
  /// What a standby's slot tells of the primary's. A synchronized one starts at or before its consumer, whose position it was
  /// copied from; how far the consumer got beyond the standby is on no file here. Where the primary's began to decode two
  /// phases only the synchronization of 18 and later brings along.
  fileprivate func asOfPrimary(_ version: ServerVersion) -> SlotState {
    var slot = self
    if synced == true { slot.failover = true } else { slot.confirmedFlush = .none }
    if synced != true || !version.has(.synchronizedTwoPhaseAt) { (slot.twoPhaseAt, slot.synced) = (nil, nil) }
    return slot
  }

  /// A logical slot that is there after a restart or promotion, and valid.
  var isUsable: Bool { isLogical && persistency == .persistent && invalidation == nil }

  /// The same of a physical one.
  var servesFollowers: Bool { !isLogical && persistency == .persistent && invalidation == nil }
}
