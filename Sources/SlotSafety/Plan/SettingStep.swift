import PostgresFormat

/// A step that changes a setting with ALTER SYSTEM and reloads the configuration.
struct SettingStep {
  /// The settings that plans change.
  enum Name: String {
    case conninfo = "primary_conninfo"
    case slotName = "primary_slot_name"
    case feedback = "hot_standby_feedback"
    case synchronization = "sync_replication_slots"
    case standbySlots = "synchronized_standby_slots"
    case idleTimeout = "idle_replication_slot_timeout"

    /// Inside of a literal, or as an identifier.
    var sql: SQL {
      switch self {
      case .conninfo: "primary_conninfo"
      case .slotName: "primary_slot_name"
      case .feedback: "hot_standby_feedback"
      case .synchronization: "sync_replication_slots"
      case .standbySlots: "synchronized_standby_slots"
      case .idleTimeout: "idle_replication_slot_timeout"
      }
    }
  }

  let name: Name
  let part: PlanPart
  let database: String
  let title: Words
  let finding: RuleID
  /// SQL: the setting is as it has to be.
  let isSet: SQL
  /// SQL of type text: the new value, asked of the server; nil: ``constant``.
  var value: SQL?
  /// The new value as a literal.
  var constant: SQL?
  var preconditions: [PlanCheck] = []
  var requirements: [PlanCheck] = []

  func step(_ words: ServerVocabulary) -> Step {
    // Not every role may even look at a connection string.
    let unlessSet: SQL = name == .conninfo ? "" : "(\(isSet)) or "
    let mayBeSet = PlanCheck(
      "a role that may set \(name.rawValue) (GRANT ALTER SYSTEM ON PARAMETER) and reload",
      "\(unlessSet)\(words.mayAlterSystem(name)) and has_function_privilege('pg_reload_conf()', 'execute')",
      found: "'role ' || current_user")
    var step = Step(
      id: "set.\(name.rawValue)", part: part, database: database, title: title,
      preconditions: [mayBeSet.once] + preconditions, isDone: isSet, sql: "alter system set \(name.sql) =",
      postconditions: [
        PlanCheck(
          "\(name.rawValue) as set here", isSet, found: "'another value (its command line? see pg_file_settings)'")
      ], finding: finding.rawValue)
    step.requirements = requirements
    step.execution = .alone
    if let constant { step.sql = "alter system set \(name.sql) = \(constant)" }
    if let value { (step.execution, step.value) = (.result, .answer(value)) }
    step.reloads = true
    return step
  }
}
