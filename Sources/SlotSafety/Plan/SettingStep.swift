import PostgresFormat

/// A step that changes a setting with ALTER SYSTEM and reloads the configuration.
struct SettingStep {
  let name: String
  let part: PlanPart
  let database: String
  let title: String
  let finding: RuleID
  /// SQL: the setting is as it has to be.
  let isSet: String
  /// SQL of type text: the new value.
  let value: String
  var preconditions: [PlanCheck] = []
  var requirements: [PlanCheck] = []

  func step(_ words: ServerVocabulary) -> Step {
    // Not every role may even look at a connection string.
    let unlessSet = name == "primary_conninfo" ? "" : "(\(isSet)) or "
    let mayBeSet = PlanCheck(
      "a role that may set \(name) (a superuser may, or a role with GRANT ALTER SYSTEM ON PARAMETER) and reload",
      "\(unlessSet)\(words.mayAlterSystem(name)) and has_function_privilege('pg_reload_conf()', 'execute')",
      found: "'role ' || current_user", hint: "Run this script as a superuser.")
    var step = Step(
      id: "set.\(name)", part: part, database: database, title: title, preconditions: [mayBeSet] + preconditions,
      isDone: isSet, sql: "alter system set \(name) =",
      postconditions: [
        PlanCheck(
          "\(name) as this step sets it", isSet, found: "'another value'",
          hint: "The server's command line may set it, or its configuration has an error (pg_file_settings).")
      ], finding: finding.rawValue)
    step.requirements = requirements
    step.execution = .result
    step.value = .answer(value)
    step.reloads = true
    return step
  }
}
