import PostgresFormat

extension Evidence {
  /// What every answer about a node rests on and the operating system did not let be read: its slots, its control file, its
  /// WAL.
  package var unread: [Problem] {
    problems.filter {
      guard case .file = $0.cause else { return false }
      return ["slot_folder", "slot_state", "control_file", "wal"].contains($0.subject)
    }
  }

  /// Whether a node could be read, so that an answer about it is one.
  package var wasRead: Bool { version != nil && control?.value.checksumMatches == true && unread.isEmpty }
}
