import PostgresFormat

extension Problem {
  /// The code of a folder with more entries than are read.
  package static let tooManyEntries = "too_many_entries"
  /// The subject of a file that makes a standby, where the system does not say whether it is there.
  package static let startFile = "start_file"
  /// The subject of something else in the place of a folder that a start needs.
  package static let startFolder = "start_folder"
  /// The subject of a tablespace that is no link, as a copy leaves it that has followed links.
  package static let tablespaceInPlace = "tablespace_in_place"
  /// The subject of a WAL segment that could not be read to its end when its records were asked for.
  package static let walSegment = "wal_segment"
}

extension Evidence {
  /// What every answer about a node rests on and was not read, as the operating system did not let it be or there are too many
  /// names: its slots, its control file, its WAL, and what makes it a standby.
  package var unread: [Problem] {
    problems.filter {
      switch $0.cause {
      case .file, .other(Problem.tooManyEntries, _): break
      default: return false
      }
      return ["slot_folder", "slot_state", "control_file", "wal", Problem.startFile].contains($0.subject)
    }
  }

  /// Folders with more entries than are read, by what is missing of them.
  package var unlistedFolders: [Problem] {
    let subjects = ["slot_folder", "wal", "prepared_transaction"]
    return problems.filter {
      guard case .other(Problem.tooManyEntries, _) = $0.cause else { return false }
      return subjects.contains($0.subject)
    }
  }

  /// Whether a node could be read, so that an answer about it is one.
  package var wasRead: Bool { version != nil && control?.value.checksumMatches == true && unread.isEmpty }
}
