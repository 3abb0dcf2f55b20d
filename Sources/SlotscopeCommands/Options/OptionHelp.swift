import ArgumentParser

/// The help of options that several commands have: one sentence for all of them.
enum OptionHelp {
  static let format: ArgumentHelp = "Output format: text or json."
  static let findings: ArgumentHelp = "Show every finding with what it rests on."
  static let output = ArgumentHelp(
    "The file to write, in one step; the default is standard output.", valueName: "file")
  static let archive = ArgumentHelp(
    "Archived WAL: a folder, or the root of a pgBackRest, Barman or WAL-G repository. Repeatable.", valueName: "dir")
  static let dataDirectory = ArgumentHelp("Data directory; the default is $PGDATA.", valueName: "dir")
  static let cluster = ArgumentHelp(
    "A cluster by its name, in place of --primary and --standby.", valueName: "cluster")
  static let primary = ArgumentHelp(
    "The primary: data directory, evidence file or connection string.", valueName: "source")
  static let subscriber = ArgumentHelp(
    "A subscriber: data directory, evidence file or connection string. Repeatable.", valueName: "source")
}
