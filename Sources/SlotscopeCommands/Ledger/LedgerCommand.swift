import ArgumentParser
import ClusterFiles
import Evidence
import Glibc
import PostgresFormat
import Reporting
import SlotSafety

struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Lists transaction by transaction what consumers miss, hold too much or get twice.",
    discussion: """
      Of a failover, done or about to be:  ledger --primary OLD --standby NEW [--slot NAME]
      Of what one slot has not confirmed:  ledger --slot NAME DIR
      Of a range of WAL:                   ledger --from LSN [--to LSN] DIR
      Rows are counted as logical decoding sends them, by table; a JSON stream ends with a line of totals.
      Exit codes: 0 nothing is listed (of a range: all of it was read), 1 consumers may be off or have something to come, \
      2 transactions are certainly missed or gone, 3 part of the WAL is missing or unreadable.
      """)

  @OptionGroup var source: LedgerSourceOptions

  @Option(
    help: ArgumentHelp("Begin with the first transaction whose commit record begins here.", valueName: "lsn"),
    transform: PositionArgument.lsn)
  var from: LSN?

  @Option(
    help: ArgumentHelp("List no transaction whose commit record begins here or later.", valueName: "lsn"),
    transform: PositionArgument.lsn)
  var to: LSN?

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp(
      "List this many transactions at most, the totals being of all; the default is 200 for text and html, else all.",
      valueName: "n"))
  var limit: UInt64?

  @Option(help: "Output format: text, json (lines), csv or html.")
  var format: LedgerFormat = .text

  func validate() throws {
    if let from, let to, to < from { throw ValidationError("the end \(to) is before the beginning \(from)") }
    if source.isPair {
      if from != nil || to != nil { throw ValidationError("--from and --to are for one directory, not for a failover") }
    } else if source.slot == nil && from == nil {
      throw ValidationError("give --primary and --standby, or --slot or --from and a directory")
    } else if source.slot != nil && from != nil {
      throw ValidationError("--slot and --from exclude each other: the slot says where to begin")
    }
  }

  func run() async throws {
    do {
      try await list()
    } catch let failure as StreamOutput.Failure {
      throw CommandFailure("could not write to standard output: \(failure.message)")
    }
  }

  private func list() async throws {
    let (scope, nodes) = try await source.open(from: from, to: to)
    var names = nodes.names
    var output = LedgerOutput(format: format, limit: limit ?? format.limit)
    // Lines on a terminal say themselves how far it is.
    let progress = ProgressLine(isWanted: isatty(STDOUT_FILENO) == 0)
    try output.begin()
    for part in scope.parts {
      let result = try nodes.read(part) {
        progress.update("\(ByteCount.text($0)) of WAL")
      } body: { transaction in
        var transaction = transaction
        let tables = names.tables(of: transaction)
        // What turned out to be nothing that consumers are sent does not count.
        if tables.isEmpty { transaction.tables = [] }
        let hits = scope.hits(of: transaction, on: part.node)
        guard scope.lists(transaction, on: part.node, hits: hits) else { return true }
        return try output.add(
          LedgerEntry(
            transaction, node: part.node, databaseName: transaction.database.flatMap { names.databaseName($0) },
            originName: transaction.originID.flatMap { names.originName($0) }, tables: tables, hits: hits,
            isPastFork: scope.isPastFork(transaction, on: part.node)))
      }
      output.coverage.unread += result.unread.map { (part.node, $0) }
      output.coverage.messages &+= result.messages
    }
    progress.finish()
    try output.end(scope, context)
    if let finding = scope.youngPublications { Terminal.warn(finding.message) }
    if let finding = scope.otherHistory {
      Terminal.report(
        error: "\(finding.message.dropLast()); what they hold besides is in no WAL, and not listed",
        hint: finding.remedy)
    }
    for path in scope.unreadSlots {
      Terminal.report(
        error: "\(path) of the primary cannot be read: what the consumer of that slot is off by is not listed",
        hint: "Make the file readable, or give an older evidence file of the primary.")
    }
    try status(output, scope).exit()
  }

  private var context: PageContext {
    var context = PageContext()
    let given = [("--primary", source.primary), ("--standby", source.standby), ("--slot", source.slot)]
    var words = given.compactMap { name, value in value.map { (name, $0) } }
    words += source.subscriber.map { ("--subscriber", $0) }
    words += source.consumers.consumer.map { ("--consumer", "\($0.slot)=\($0.text)") }
    words += source.archive.map { ("--archive", $0) }
    words += source.restore.shown.map { [("--restore-command", $0)] } ?? []
    words += source.word.assume.map { ("--assume", $0.rawValue) }
    context.cluster = source.cluster
    context.command = ["slotscope ledger", Source.words(words), source.node.map(Source.quoted) ?? ""]
      .filter { !$0.isEmpty }.joined(separator: " ")
    context.version = Version.number
    return context
  }

  private func status(_ output: LedgerOutput, _ scope: LedgerScope) -> ExitStatus {
    if !output.coverage.unread.isEmpty || !scope.unreadSlots.isEmpty { return .unknown }
    if scope.otherHistory != nil { return .error }
    if scope.listsAll { return .ready }
    let consumers = output.totals.consumers
    let isCertain = consumers.contains { $0.certainTransactions > 0 && $0.effect != .repeated }
    if isCertain || (scope.isPromoted && output.totals.pastFork > 0) { return .error }
    if scope.decoding != nil, output.totals.transactions > 0 { return .error }
    return output.totals.transactions == 0 ? .ready : .warning
  }
}

/// `--format` of a ledger.
enum LedgerFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, csv, html

  /// Transactions that are listed unless another number is asked for: as many as a person reads.
  var limit: UInt64 { self == .text || self == .html ? 200 : .max }
}
