import ArgumentParser
import ClusterFiles
import Evidence
import PostgresFormat
import Reporting
import SlotSafety

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Writes the SQL that gives a standby, or the primary that it became, the slots that it lacks.",
    discussion: """
      The script is for psql:
        slotscope plan --primary P --standby S | psql -X 'host=standby dbname=postgres'
      It checks that it runs on the right server before it changes anything; psql -v dry_run=1 checks only.
      Failover slots (17 and later) and slots on the standby (16 and later) are made before the promotion, by the script \
      for the standby; earlier versions take them on the new primary right after it: then the primary must have stopped, \
      and only slots are made whose consumers provably miss nothing. What else has to run elsewhere, --output-dir writes \
      as scripts of its own.

      Exit codes: 0 the plan covers every slot, or there is nothing to do; 1 it leaves something out, and says what; 2 there \
      is no safe plan; 3 the nodes cannot be compared, or evidence is missing or unreadable.
      """)

  @Argument(help: OptionHelp.cluster)
  var cluster: String?

  @OptionGroup var clusters: ClusterOptions

  @Option(help: OptionHelp.primary)
  var primary: String?

  @Option(help: ArgumentHelp("The standby that is to take over.", valueName: "source"))
  var standby: String?

  @Option(help: ArgumentHelp("A subscriber, which is to follow. Repeatable.", valueName: "source"))
  var subscriber: [String] = []

  @OptionGroup var consumers: ConsumerOptions
  @OptionGroup var word: OperatorsWord

  @Option(help: OptionHelp.archive)
  var archive: [String] = []

  @OptionGroup var restore: RestoreCommandOption

  @Option(help: ArgumentHelp("Another standby, which is to follow the new primary. Repeatable.", valueName: "source"))
  var follower: [String] = []

  @Option(
    help: ArgumentHelp(
      "How slots come over: failover-slots (17 and later), slots-on-standby (16 and later) or slots-on-new-primary;"
        + " the default is the first where it is in use, else the earliest that the version has.", valueName: "way"))
  var approach: Plan.Approach?

  @Option(
    help: ArgumentHelp(
      "The slots that it is about: name:NAME, name_like:PATTERN or plugin:NAME, separated by commas.",
      valueName: "filter"))
  var slots: SlotFilter = .all

  @Flag(
    help: ArgumentHelp(
      "Keep all slots on the standby that the primary does not have; else those are dropped that are proven to be left from"
        + " when it was the primary (failover on, synced off)."))
  var keepExtra = false

  @Flag(
    help: ArgumentHelp(
      "Drop all slots among --slots on the standby that the primary does not have, where nobody has used them since the"
        + " files were read. A consumer that reads from the standby loses its place."))
  var dropExtra = false

  @Option(
    help: ArgumentHelp("What to call the standby's physical slot where it has none yet.", valueName: "name"))
  var physicalSlot: SlotName?

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "The script to print: primary, standby, both (one for these two servers), new-primary, subscriber, follower, or its full name as in --output-dir.",
      valueName: "node"))
  var node: String?

  @Option(
    help: ArgumentHelp("Write all scripts to this folder, numbered, with a README of their order.", valueName: "dir"))
  var outputDir: String?

  @Option(help: FilePermissions.help)
  var mode = FilePermissions.userOnly

  @Option(help: "Output format: text (the script) or json (the steps).")
  var format: DocumentFormat = .text

  @Flag(help: "Write, all of it commented out, how to copy the tables anew of consumers that have no safe plan.")
  var resynchronize = false

  /// As it was called first.
  @Flag(help: .hidden) var resynchronise = false

  func validate() throws {
    guard !keepExtra || !dropExtra else { throw ValidationError("--keep-extra and --drop-extra exclude each other") }
    guard outputDir == nil || node == nil && format == .text else {
      throw ValidationError("--output-dir writes all scripts; leave out --for and --format")
    }
    if cluster != nil {
      guard primary == nil, standby == nil else { throw ValidationError(ClusterOptions.standsForAll) }
    } else {
      guard primary != nil else { throw ValidationError("no primary given (--primary)") }
      guard standby != nil else { throw ValidationError("no standby given (--standby)") }
    }
  }

  func run() async throws {
    var sources = AuditSources(
      primary: primary, standbys: (standby.map { [$0] } ?? []) + follower, subscribers: subscriber,
      consumers: consumers, archives: archive, word: word, jobs: JobsOption.processorCount)
    sources.restoreCommand = restore.restoreCommand
    if let cluster {
      let found = try ClusterSources(cluster, clusters, asking: .last)
      found.say()
      try sources.take(found)
    }
    var audit = try await sources.audit()
    // Of several standbys of a cluster the best one takes over, and the others follow it.
    if cluster != nil, let best = audit.assessments().first?.standby.source {
      let first = audit.standbys.filter { $0.origin.source == best }
      audit.standbys = first + audit.standbys.filter { $0.origin.source != best }
    }
    let request = PlanRequest(
      approach: approach, slots: slots, extraSlots: dropExtra ? .dropped : keepExtra ? .kept : nil,
      physicalSlot: physicalSlot)
    let plan: Plan
    do throws(PlanRefusal) {
      plan = try makePlan(audit, request)
    } catch {
      throw CommandFailure(
        "no plan: \(error.message)", hint: error.hint, status: error.isLackOfEvidence ? .unknown : .error)
    }
    let known = [audit.primary, audit.standbys.first].compactMap { $0 }.flatMap(\.slots).filter {
      $0.state?.isLogical != false
    }
    if let misfit = slots.misfit(among: known) {
      throw CommandFailure("no plan: \(misfit)", hint: audit.primary.map(LedgerScope.slotList))
    }
    switch format {
    case .json: Terminal.write(document: PlanJSON.document(plan).serialized(pretty: true) + "\n")
    case .text where resynchronize || resynchronise:
      if let script = try ResynchronizationScript.text(plan) { Terminal.write(document: script) }
    case .text:
      if let outputDir { try write(plan, to: outputDir) } else { try printScript(of: plan) }
      if plan.primaryIsStopped, let version = audit.primary?.version, version.has(.logicalSlotsOnStandby) {
        note(aboutStoppedPrimary: plan)
      }
      report(plan)
    }
    try ExitStatus(plan).exit()
  }

  /// The slots that stay, the slots without a step, and why.
  private func report(_ plan: Plan) {
    if !plan.keptSlots.isEmpty {
      let names = plan.keptSlots.map(\.name.description).joined(separator: ", ")
      Terminal.writeError(
        "slotscope: left alone on the standby, which somebody may read from: \(names) (--drop-extra drops what the primary"
          + " does not have)\n")
    }
    let exclusions = plan.exclusions
    for exclusion in exclusions where exclusion.reason != .notSelected {
      let message = "slot \(exclusion.slotName) is left out: \(exclusion.sentence)"
      if exclusion.isHarmless {
        Terminal.writeError("slotscope: \(message)\n")
      } else {
        Terminal.report(error: message, hint: exclusion.remedy)
      }
    }
    if let obstacle = plan.obstacle {
      Terminal.report(
        error: "no script mends what speaks against this promotion: \(obstacle.reason)",
        hint: obstacle.hint)
    }
    if exclusions.contains(where: \.announcesLoss) {
      Terminal.writeError("slotscope: how to copy their tables anew: the same command with --resynchronize\n")
    }
  }

  /// Before 16 slots come over after the promotion in any case.
  private func note(aboutStoppedPrimary plan: Plan) {
    let needsPrimary = plan.parts.contains { $0.stage != .afterPromotion && $0.node == .primary }
    if plan.approach == .slotsOnNewPrimary {
      guard approach == nil, plan.steps.isEmpty || plan.parts.contains(where: { $0.node == .newPrimary }) else {
        return
      }
      Terminal.writeError(
        "slotscope: the primary is down: slots are made on the new primary, right after the promotion"
          + " (if it can be started again, --approach makes them before)\n")
    } else if needsPrimary {
      Terminal.writeError(
        "slotscope: the primary was stopped when its files were read: start it before the scripts run, or make the slots"
          + " after the promotion (--approach slots-on-new-primary)\n")
    }
  }

  private func printScript(of plan: Plan) throws {
    let parts = plan.parts
    if let node, [Plan.nameForBoth, "both"].contains(node), let script = try PlanScript.textForBoth(plan) {
      Terminal.write(document: script)
      let isInIt: (PlanPart) -> Bool = { part in
        part == Plan.standbyPart || part.node == .primary && part.stage != .afterPromotion
      }
      return tellOfOthers(than: Plan.nameForBoth, parts.filter { !isInIt($0) }.map(\.name))
    }
    let names = parts.map(\.name) + (plan.hasScriptForBoth ? [Plan.nameForBoth] : [])
    let wanted = node.map { node in parts.first { $0.name == node || $0.node.rawValue == node } } ?? plan.printedPart
    guard let part = wanted else {
      if let node, !parts.isEmpty {
        throw CommandFailure(
          "the plan has nothing to run on \(node)",
          hint: "It has scripts for: \(names.joined(separator: ", ")).", status: .error)
      }
      if let kept = try KeptSlotsScript.text(plan) { Terminal.write(document: kept + "\n") }
      guard plan.exclusions.allSatisfy(\.isHarmless), plan.obstacle == nil else { return }
      Terminal.writeError("slotscope: nothing to do: the standby lacks no slot that this plan could make\n")
      return
    }
    if let script = try PlanScript.text(plan, for: part) { Terminal.write(document: script) }
    tellOfOthers(than: part.name, names.filter { $0 != part.name })
  }

  private func tellOfOthers(than name: String, _ others: [String]) {
    if !others.isEmpty {
      Terminal.writeError(
        "slotscope: this is \(name); the plan has other scripts too: \(others.joined(separator: ", "))"
          + " (--output-dir DIR writes them all)\n")
    }
  }

  private func write(_ plan: Plan, to folder: String) throws {
    do {
      let files = try PlanFolder.files(plan)
      try OutputFolder(folder, permissions: mode.bits, isOurs: PlanFolder.isOurs).write(files)
      let scripts = files.count - 1
      let what =
        scripts == 0 ? "no script, only README.md," : "\(scripts) script\(scripts == 1 ? "" : "s") and README.md"
      Terminal.writeError("slotscope: \(what) in \(folder)\n")
    } catch let error as OutputFolder.WriteError {
      throw CommandFailure("\(folder): \(error.message)", hint: error.hint)
    }
  }
}

extension Plan.Approach: ExpressibleByArgument {
  /// As it stands on the command line.
  public init?(argument: String) {
    self.init(rawValue: String(argument.map { $0 == "-" ? "_" : $0 }))
  }
  /// As help and completions show them.
  public static var allValueStrings: [String] {
    allCases.map { String($0.rawValue.map { $0 == "_" ? "-" : $0 }) }
  }
}

extension SlotFilter: ExpressibleByArgument {
  /// As it stands on the command line.
  public init?(argument: String) { try? self.init(argument) }
  /// What the help says that the default is.
  public var defaultValueDescription: String { "every slot" }
}

extension SlotName: ExpressibleByArgument {
  /// As it stands on the command line.
  public init?(argument: String) { try? self.init(argument) }
}

extension ExitStatus {
  /// A slot whose consumer loses its place is an error; one that is left out where the plan has nothing else as well,
  /// beside others a warning.
  init(_ plan: Plan) {
    let open = plan.exclusions.filter { !$0.isHarmless }
    if open.isEmpty, plan.obstacle != nil {
      self = plan.steps.isEmpty ? .error : .warning
      return
    }
    if open.contains(where: { $0.reason == .unreadable }) {
      self = .unknown
    } else if open.contains(where: \.announcesLoss) {
      self = .error
    } else if open.isEmpty {
      self = .ready
    } else {
      self = plan.steps.isEmpty ? .error : .warning
    }
  }
}
