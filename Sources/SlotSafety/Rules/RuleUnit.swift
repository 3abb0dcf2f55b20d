import Evidence
import PostgresFormat

/// One rule, or a few that share an inequality: what they ask, what their findings are worth, and the check that asks them.
///
/// A new rule is one of these, its line in ``RuleRegistry`` and a test.
struct RuleUnit: Sendable {
  /// A question, and of what it is asked. A check is pure: it sees no other outcome, and no order.
  enum Check: Sendable {
    /// Of each slot of the primary that is in one of these situations.
    case slot(Set<Situation>, @Sendable (SlotCase) -> Outcome?)
    /// Of each of these slots of which every rule above holds.
    case slotWhereAllHold(Set<Situation>, @Sendable (SlotCase) -> Outcome?)
    /// Of the nodes; what fails, fails for every slot.
    case everySlot(@Sendable (Failover) -> Outcome?)
    /// Of the nodes, beside the slots and after them.
    case promotion(@Sendable (Failover, [SlotAssessment]) -> [Outcome])
    /// Of a standby whose primary was not given, beside its slots.
    case alone(@Sendable (Failover) -> Outcome?)
    /// Of one node by itself.
    case node(@Sendable (Inspection) -> [Finding])
    /// Of each slot of one node that is in one of these conditions.
    case nodeSlot(Set<SlotInspection.Condition>, @Sendable (SlotInspection, Inspection) -> Outcome?)
    /// Asked by ``Failover/establish(_:)`` or of a tree of timelines, before there is anything to judge.
    case before

    /// What is worth knowing of the nodes and decides nothing.
    static func notes(_ ask: @escaping @Sendable (Failover) -> [Finding]) -> Check {
      .promotion { failover, _ in ask(failover).map(Outcome.note) }
    }
  }

  let rules: [Rule]
  let priority: Priority
  var checks: [Check]

  init(_ priority: Priority, _ checks: Check..., rules: Rule..., and more: [Rule] = []) {
    (self.rules, self.priority, self.checks) = (rules + more, priority, checks)
  }

  func concerns(_ version: ServerVersion) -> Bool { rules.contains { $0.concerns(version) } }
}

/// What decides of several outcomes that are as bad, the first of these first: its headline and its first step are the answer's.
enum Priority: Int, Sendable, Hashable, Comparable {
  /// Nothing else can be asked of the slot.
  case situation
  /// Of one node: the next checkpoint, or a standby's start, invalidates the slot.
  case nextCheckpoint, replay
  /// The changes between the consumer and a slot to be made are lost.
  case gap
  /// What the consumer may have and the standby lacks.
  case received
  /// The slot on the standby cannot be this one, or not be relied on.
  case identity
  case lost, repeated, wal, catalogRows, settings
  /// A slot can be made, where nothing else stands against it.
  case creation
  /// Both nodes, for all slots alike.
  case nodes
  /// The promotion itself, whatever the slots.
  case promotion
  /// Decides nothing.
  case note

  static func < (a: Priority, b: Priority) -> Bool { a.rawValue < b.rawValue }
}
