import PostgresFormat

/// The version of the program, here and nowhere else: packages ask the program.
enum Version {
  static let number = "0.1.0"
  static let text = "slotscope \(number) (PostgreSQL \(ServerVersion.supportedRange))"
}
