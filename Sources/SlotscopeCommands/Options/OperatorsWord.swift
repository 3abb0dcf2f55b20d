import ArgumentParser
import PostgresFormat
import SlotSafety

/// What the operator says of a failover, because no file does.
struct OperatorsWord: ParsableArguments {
  @Option(
    name: .customLong("promote-at"), help: ArgumentHelp("Judge as if the standby's WAL ended here.", valueName: "lsn"),
    transform: PositionArgument.lsn)
  var promoteAt: LSN?

  @Flag(
    name: .customLong("primary-reloaded"),
    help: "An older word for part of --assume standby-slots-held; it proves nothing by itself any more.")
  var primaryReloaded = false

  @Option(
    help: ArgumentHelp(
      "Take as true what no file shows: \(Premise.assumable.map(\.rawValue).joined(separator: ", ")). Repeatable.",
      discussion: Premise.assumable.map { "\($0.rawValue): \($0.sentence)" }.joined(separator: " "), valueName: "id"))
  var assume: [Premise] = []

  @Option(
    help: ArgumentHelp(
      "A file of the primary's log (stderr, csvlog or jsonlog), where it is not in its directory. Repeatable.",
      valueName: "file"))
  var log: [String] = []

  /// Something was said.
  var isGiven: Bool { promoteAt != nil || primaryReloaded || !assume.isEmpty || !log.isEmpty }
}

extension Premise: ExpressibleByArgument {
  /// Those that can be given.
  public init?(argument: String) {
    guard let premise = Premise(rawValue: argument), Premise.assumable.contains(premise) else { return nil }
    self = premise
  }
  /// What can be given, for completions and messages.
  public static var allValueStrings: [String] { assumable.map(\.rawValue) }
}
