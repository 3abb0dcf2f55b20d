import ArgumentParser

/// What the exit code says, the same for every command.
enum ExitStatus: Int32, Comparable {
  /// Ready, or nothing found.
  case ready = 0
  /// Waiting or fixable, or warnings.
  case warning = 1
  /// At risk or lost, or errors found.
  case error = 2
  /// Evidence is missing or unreadable.
  case unknown = 3
  case usage = 64
  /// A bug of slotscope.
  case bug = 70

  static func < (a: ExitStatus, b: ExitStatus) -> Bool { a.rawValue < b.rawValue }

  /// Ends the command with this code and what the caller wants added to it; 0 is a plain return.
  func exit(offset: Int32 = 0) throws {
    guard rawValue + offset != 0 else { return }
    throw ExitCode(rawValue + offset)
  }
}
