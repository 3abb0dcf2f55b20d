import ArgumentParser

/// The command line: wiring only.
@main
struct Slotscope: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slotscope",
    abstract: "Reads PostgreSQL's own files and says whether a failover is safe for every replication slot.")
}
