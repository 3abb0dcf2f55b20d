import ArgumentParser
import Glibc

/// How many threads read WAL.
struct JobsOption: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Threads at most; the default is one for each processor.", valueName: "n"))
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...256).contains(jobs) { throw ValidationError("jobs must be from 1 to 256") }
  }

  var count: Int { jobs ?? Self.processorCount }

  static var processorCount: Int { max(1, min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
