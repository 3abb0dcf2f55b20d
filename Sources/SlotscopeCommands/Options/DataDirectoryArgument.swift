import ArgumentParser

/// `-D`, an argument in its place, or `$PGDATA`: one data directory.
enum DataDirectoryArgument {
  /// `$PGDATA`; empty is as good as unset.
  static var fromEnvironment: String? {
    Terminal.environment("PGDATA").flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Throws where both were given: one of them would be passed over in silence.
  static func exclude(_ option: String?, _ argument: String?) throws {
    guard let option, let argument else { return }
    throw ValidationError("two data directories were given: \(option) (-D) and \(argument)")
  }
}
