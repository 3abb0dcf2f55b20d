package import PostgresFormat

/// A slot that steps are about, as a row of the list that a script goes through.
///
/// The members are the columns of `pg_replication_slots`, by name and meaning; nil where no step asks.
package struct ListedSlot: Sendable, Hashable {
  /// slot_name.
  package let slotName: SlotName
  /// plugin; nil for a physical slot.
  package var pluginName: PluginName?
  /// datoid: it tells a database where its name may be in any encoding.
  package var databaseOID: OID?
  /// The name of that database.
  package var databaseName: String?
  /// two_phase, 14 and later.
  package var twoPhase: Bool?
  /// failover, 17 and later.
  package var failover: Bool?
  /// restart_lsn, as the primary's file has it: a lower bound.
  package var restartLSN: LSN?
  /// confirmed_flush_lsn, as the file has it: the consumer is there or further.
  package var confirmedFlush: LSN?

  init(_ name: SlotName) { slotName = name }

  /// A slot of a node, as its file has it; its names checked.
  init(_ state: SlotState) throws(QuotingError) {
    self.init(try SlotName(state.name))
    if state.isLogical { pluginName = try PluginName(state.plugin) }
    confirmedFlush = state.confirmedFlush
  }
}

/// A column of the list, by its name there.
package enum SlotColumn: String, Sendable, Hashable {
  case name = "slot_name"
  case plugin
  case database = "datoid"
  case twoPhase = "two_phase"
  case failover
  case restart = "restart_lsn"
  case confirmed = "confirmed_flush_lsn"
  /// Where the slot on the standby begins: told to the script, or by an earlier step.
  case start
  /// Where its consumer is on the primary: the same.
  case position
}

extension SlotColumn {
  /// SQL, in a loop alone: the script was not told.
  var isUntold: SQL {
    switch self {
    case .start: "slot.start is null"
    case .position: "slot.position is null"
    default: "false"
    }
  }
}

/// A value of a slot, in SQL or in a text.
package struct SlotValue: Sendable, Hashable {
  /// Its place in the list.
  package let column: SlotColumn
  /// As SQL.
  package let literal: String
  /// As people read it.
  package let words: String

  /// The column of the loop's variable.
  package var inLoop: String { "slot.\(column.rawValue)" }
}

extension ListedSlot {
  /// slot_name.
  package var name: SlotValue { SlotValue(column: .name, literal: slotName.literal, words: slotName.description) }
  var plugin: SlotValue {
    SlotValue(column: .plugin, literal: pluginName?.literal ?? "null", words: pluginName?.description ?? "none")
  }
  var database: SlotValue { value(.database, databaseOID?.description) }
  var isTwoPhase: SlotValue { value(.twoPhase, twoPhase?.description) }
  var isFailover: SlotValue { value(.failover, failover?.description) }
  var restart: SlotValue { value(.restart, restartLSN) }
  var confirmed: SlotValue { value(.confirmed, confirmedFlush) }

  /// What only the moment of execution has.
  func value(_ input: StepInput, _ column: SlotColumn) -> SlotValue {
    SlotValue(column: column, literal: "current_setting('slotscope.\(input.name)')::pg_lsn", words: input.name)
  }

  private func value(_ column: SlotColumn, _ text: String?) -> SlotValue {
    SlotValue(column: column, literal: text ?? "null", words: text ?? "none")
  }
  private func value(_ column: SlotColumn, _ lsn: LSN?) -> SlotValue {
    SlotValue(column: column, literal: lsn.map { "'\($0)'" } ?? "null", words: lsn?.description ?? "none")
  }

  /// SQL: no slot has its name.
  var isFree: SQL {
    .dual("not exists (select from pg_replication_slots where slot_name = \(name))", inLoop: "here.slot_name is null")
  }

  /// SQL: some slot has its name.
  var isTaken: SQL {
    .dual("exists (select from pg_replication_slots where slot_name = \(name))", inLoop: "here.slot_name is not null")
  }

  /// SQL: a column of what the server has under the name.
  func own(_ column: StaticString) -> SQL {
    .dual("(select \(column) from pg_replication_slots where slot_name = \(name))", inLoop: "here.\(column)")
  }

  /// SQL of type text: what the server has under the name, for the message of a refusal.
  var found: SQL {
    .dual("(select s::text from pg_replication_slots s where slot_name = \(name))", inLoop: "here")
  }
}
