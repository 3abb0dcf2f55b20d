import ArgumentParser

/// `slotscope wal`: the WAL itself.
struct WalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wal",
    abstract: "Reads the WAL itself, following timelines, compressed or not.",
    discussion: """
      Give a data directory (-D, $PGDATA), folders with segments (--waldir, any number), or segment files. All of them \
      are read as one.
      """,
    subcommands: [WalRecordsCommand.self, WalStatsCommand.self, WalEndCommand.self, WalGapsCommand.self])
}
