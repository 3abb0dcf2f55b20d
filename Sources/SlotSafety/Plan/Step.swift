package import PostgresFormat

/// One change on one server.
package struct Step: Sendable, Hashable {
  /// How the statement has to be given to the server.
  package enum Execution: String, Sendable, Hashable, CaseIterable {
    /// Inside a block, with the step's time limit.
    case block
    /// By itself: it refuses to run in a block or in a transaction.
    case alone
    /// By itself, and `sql` ends where a literal has to follow: `value`, which only the moment of execution has.
    case result
    /// By itself, on a connection for replication commands.
    case replication
  }

  /// The text that a statement ends with, quoted by whoever runs it.
  package enum Value: Sendable, Hashable {
    /// The result of an SQL expression of type text, asked of the server that the statement runs on.
    case answer(SQL)
    /// What the operator gave, as the ``StepInput`` of that name.
    case input(String)
  }

  /// What the step does to the slots of its server, by itself or by waiting for the server to do it.
  package enum SlotEffect: Sendable, Hashable {
    /// The slot is there afterwards.
    case logicalSlot(SlotName)
    /// The slot is there afterwards.
    case physicalSlot(SlotName)
    /// It is gone afterwards.
    case noSlot(SlotName)
  }

  /// Unique within the plan: `create.orders_cdc`.
  package var id: String
  /// nil for a step about the server.
  package var slotName: SlotName?
  /// The script that it stands in.
  package var part: PlanPart
  /// The slot that it is about, as a row of a list; a script does the same step for each row. nil for any other step.
  package var row: ListedSlot?
  /// The database to be connected to.
  package var database: String
  /// The OID of that database where the step works in no other; nil: it works in any.
  package var databaseOID: OID?
  /// What the step does, in an operator's words.
  package var title: Words
  /// What the script needs to be told before the step can run.
  package var inputs: [StepInput]
  /// All of these are checked before the first change of the whole script, and again before this one.
  package var preconditions: [PlanCheck]
  /// Checked only in the script's first part: whether what the step waits for, or needs elsewhere, can come at all.
  package var prospects: [PlanCheck] = []
  /// Checked only right before the step: what earlier steps bring about.
  package var requirements: [PlanCheck] = []
  /// An SQL expression of type boolean: true where the step has been done before and is left out.
  package var isDone: SQL
  /// One statement; nil for a step that only waits for what its postconditions ask.
  package var sql: SQL?
  /// For ``Execution/result`` alone.
  package var value: Value?
  /// It changes nothing that lasts, and what comes first waits for it: it runs as soon as all checks have passed.
  package var isNudge = false
  /// What the server whose script does another server's steps as well is asked before this one: true where nobody waits
  /// for what it brings about.
  package var isSpared: StepOutput?
  /// Whether one statement waits for something, and so has the time that `patience` gives a wait, not that of a change.
  package var isPatient = false
  /// What to do where the server cancels the statement because its time is over.
  package var ifCanceled: Words?
  /// A block unless the statement refuses to run in one.
  package var execution = Execution.block
  /// The statement changes the configuration, which is read again after it.
  package var reloads = false
  /// Asserted after the step, also where it was left out as done.
  package var postconditions: [PlanCheck]
  /// Asserted within the step, together with `undo`: what was done is undone where it does not hold. A slot that was made
  /// too late is worse than none.
  package var proof: PlanCheck?
  /// One statement that takes back what the step did; nil where nothing is to be taken back.
  package var undo: SQL?
  /// nil for a step after which there are the same slots as before.
  package var slotEffect: SlotEffect?
  /// What later steps need of this one's result.
  package var output: StepOutput?
  /// The finding that asks for the step.
  package var finding: String

  /// The server that it runs on.
  package var node: PlanNode { part.node }
  /// When it runs.
  package var stage: PlanStage { part.stage }

  /// A step about the slot of a row has that slot's name.
  package init(
    id: String, _ row: ListedSlot? = nil, slotName: SlotName? = nil, part: PlanPart, database: String,
    databaseOID: OID? = nil, title: Words, inputs: [StepInput] = [], preconditions: [PlanCheck], isDone: SQL, sql: SQL?,
    postconditions: [PlanCheck], slotEffect: SlotEffect? = nil, output: StepOutput? = nil, finding: String
  ) {
    (self.id, self.row, self.slotName, self.part) = (id, row, row?.slotName ?? slotName, part)
    (self.database, self.databaseOID) = (database, databaseOID)
    (self.title, self.inputs, self.preconditions, self.isDone) = (title, inputs, preconditions, isDone)
    (self.sql, self.postconditions) = (sql, postconditions)
    (self.slotEffect, self.output, self.finding) = (slotEffect, output, finding)
  }
}

/// A value that a step yields for the input of the same name of a later step, on whatever node that runs.
package struct StepOutput: Sendable, Hashable {
  /// The same as that of the ``StepInput`` which takes the value.
  package var name: String
  /// An SQL expression.
  package var expression: SQL
  /// As ``PlanCheck/names``.
  package var names: [SlotName]
  /// The name is the program's own.
  package init(name: String, expression: SQL, names: [SlotName] = []) {
    (self.name, self.expression, self.names) = (name, expression, names)
  }
}

/// A value that only the moment of execution has: `psql -v NAME=VALUE`, seen by SQL as the setting `slotscope.NAME`.
package struct StepInput: Sendable, Hashable {
  /// `[a-z0-9_]`, as the rest of a setting's name and as a variable of psql.
  package var name: String
  /// What is still to be done, and where the value comes from, in lines of text.
  package var missing: [String]
  /// Without it the script refuses before any change; else the step is left out and the text printed.
  package var isRequired: Bool
  /// Not required: the step can be left out, and the script run again later.
  package init(name: String, missing: [String], isRequired: Bool = false) {
    (self.name, self.missing, self.isRequired) = (name, missing, isRequired)
  }
}
