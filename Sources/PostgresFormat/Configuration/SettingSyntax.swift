/// Whether a server's start takes the value of a setting that means nothing else to slotscope.
///
/// A value that the type or the bounds refuse stops a start, as a value of any other setting does. What a value of type text has to
/// look like is known for some settings; of the others, and where the machine decides (locales, time zones, libraries, files),
/// nothing is said.
package enum SettingSyntax {
  /// What is known of a value.
  package enum Answer: Sendable, Hashable {
    case taken
    /// With the server's words.
    case refused(String)
    case unknown
  }

  /// By the setting's name in lower case. Versions before 13 are taken to know what 13 knows, and to refuse nothing for certain.
  package static func answer(name: String, value: String, version: ServerVersion) -> Answer {
    // Nothing but an extension's library reads it.
    if name.contains(".") { return .taken }
    if let definition = SettingDefinition.find(name, in: version) {
      return Self.answer(value, of: definition, version: version)
    }
    let row = rows[name]?.first { $0.first <= max(version, .v13) && max(version, .v13) <= $0.last ?? .newest }
    guard let row else { return .unknown }
    let answer: Answer =
      switch row.type {
      case .definition(let definition): Self.answer(value, of: definition, version: version)
      case .real(let bounds): real(value, bounds)
      case .words(let words):
        words.contains(SettingValue.asciiLowercased(value))
          && !(name == "huge_pages" && SettingValue.bool(value) == true)
          ? .taken : .unknown
      case .text: SettingText.isTaken(value, of: name, version: version) ? .taken : .unknown
      }
    if case .refused = answer, version < .v13 { return .unknown }
    return answer
  }

  /// Whether a setting is of other majors and not of this one, which then refuses its name. What 9.6 to 12 and 14 have of those that
  /// are listed here is not known.
  package static func isOfOtherMajors(_ name: String, than version: ServerVersion) -> Bool {
    if SettingDefinition.byName[name] != nil { return SettingDefinition.find(name, in: version) == nil }
    guard let rows = rows[name], version >= .v13, version != .v14 else { return false }
    return !rows.contains { $0.first <= version && version <= $0.last ?? .newest }
  }

  private static func answer(_ value: String, of definition: SettingDefinition, version: ServerVersion) -> Answer {
    do throws(SettingValue.Refusal) {
      let found = try SettingValue.parse(value, as: definition, version: version)
      if case .integer(let number) = found, !isTaken(number, of: definition.name) {
        return .refused("invalid value for parameter \"\(definition.name)\": \(number)")
      }
      let isDoubtful =
        definition.kind == .text && !SettingText.isTaken(value, of: definition.name, version: version)
        || found == .bool(true) && ofTheMachine.contains(definition.name)
        || definition.name == "max_stack_depth"
      return isDoubtful ? .unknown : .taken
    } catch {
      return .refused(
        error.message(name: shownNames[definition.name] ?? definition.name, value: value, version: version))
    }
  }

  /// What a hook refuses within the bounds (`check_slru_buffers`, `check_vacuum_buffer_usage_limit`).
  private static func isTaken(_ number: Int64, of name: String) -> Bool {
    if buffersOfLogs.contains(name) { return number % 16 == 0 }
    return name != "vacuum_buffer_usage_limit" || number == 0 || number >= 128
  }

  private static let buffersOfLogs: Set<String> = [
    "commit_timestamp_buffers", "multixact_member_buffers", "multixact_offset_buffers", "notify_buffers",
    "serializable_buffers", "subtransaction_buffers", "transaction_buffers",
  ]

  /// Only a plain number within the bounds is taken: units, and how a server rounds, are not looked at.
  private static func real(_ value: String, _ bounds: ClosedRange<Double>) -> Answer {
    guard let number = Double(value) else { return .unknown }
    return bounds.contains(number) ? .taken : .unknown
  }

  /// Switched on, they need what is not in the settings: certificates, a service, memory of another kind.
  private static let ofTheMachine: Set<String> = ["ssl", "bonjour"]

  /// Names that messages write with capital letters.
  private static let shownNames = ["datestyle": "DateStyle", "timezone": "TimeZone", "intervalstyle": "IntervalStyle"]

  private enum ValueType: Sendable {
    case definition(SettingDefinition)
    case real(ClosedRange<Double>)
    case words([String])
    case text
  }

  private struct Row: Sendable {
    var first: ServerVersion
    var last: ServerVersion?
    var type: ValueType
  }

  private static let rows: [String: [Row]] = {
    var rows: [String: [Row]] = [:]
    for line in list.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let name = SettingDefinition.normalized(words[0])
      let span = words[1].split(separator: "-", omittingEmptySubsequences: false)
      let first = ServerVersion(name: String(span[0])) ?? .v13
      let last = ServerVersion(name: String(span[1]))
      func definition(_ kind: SettingDefinition.Kind) -> ValueType {
        .definition(
          SettingDefinition(name: name, first: first, last: last, kind: kind, defaultValue: "", change: .reload))
      }
      let type: ValueType =
        switch words[2] {
        case "bool": definition(.bool)
        case "integer":
          definition(
            .integer(
              unit: words.count > 5 ? SettingUnit(name: words[5]) ?? .none : .none, minimum: Int64(words[3]) ?? .min,
              maximum: Int64(words[4]) ?? .max))
        case "real": .real((Double(words[3]) ?? 0)...(Double(words[4]) ?? 0))
        case "words": .words(words[3...].map(SettingValue.asciiLowercased))
        default: .text
        }
      rows[name, default: []].append(Row(first: first, last: last, type: type))
    }
    return rows
  }()
}

/// Values of settings of type text, as far as their form alone decides.
enum SettingText {
  /// Whether a start takes the value, whatever the machine is. False where that is not known.
  static func isTaken(_ value: String, of name: String, version: ServerVersion) -> Bool {
    if anything.contains(name) { return true }
    let lower = SettingValue.asciiLowercased(value)
    switch name {
    case "lc_messages", "lc_monetary", "lc_numeric", "lc_time":
      return ["", "c", "posix", "c.utf-8", "c.utf8"].contains(lower)
    case "timezone", "log_timezone": return ["utc", "gmt", "etc/utc", "etc/gmt"].contains(lower)
    case "timezone_abbreviations": return ["default", "australia", "india"].contains(lower)
    case "client_encoding": return ["utf8", "utf-8", "sql_ascii", "latin1"].contains(lower)
    case "datestyle":
      return lower.split { $0 == "," || $0 == " " }.allSatisfy {
        ["iso", "sql", "postgres", "german", "dmy", "mdy", "ymd"].contains($0)
      }
    case "log_destination":
      let places = IdentifierList.names(value)
      return places?.allSatisfy { ["stderr", "csvlog", "syslog"].contains($0) || $0 == "jsonlog" && version >= .v15 }
        == true
    // 19: a list, with levels of kinds of processes.
    case "log_min_messages":
      return [
        "debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic",
      ].contains(lower)
    case "primary_slot_name": return value.isEmpty || SlotFolderName.isSlotName(value)
    case "synchronized_standby_slots":
      return IdentifierList.names(value)?.allSatisfy(SlotFolderName.isSlotName) == true
    case "synchronous_standby_names":
      return value.isEmpty || value == "*" || isWord(value) && !["any", "first"].contains(lower)
    case "default_table_access_method": return isWord(value)
    case "log_connections": return SettingValue.bool(value) != nil || value == "all" || value.isEmpty
    case "search_path", "temp_tablespaces": return IdentifierList.names(value) != nil
    case "recovery_target": return value.isEmpty || value == "immediate"
    case "recovery_target_name": return value.utf8.count < 64
    case "recovery_target_lsn": return value.isEmpty || LSN(value) != nil
    case "recovery_target_xid": return value.utf8.allSatisfy(\.isDigit)
    case "recovery_target_timeline":
      return ["", "latest", "current"].contains(value) || UInt32(value).map { $0 > 0 } == true
    default: return value.isEmpty
    }
  }

  private static func isWord(_ value: String) -> Bool {
    !value.isEmpty
      && value.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0 | 0x20) }
  }

  /// A start looks at none of these, or only at the machine's port and sockets.
  private static let anything: Set<String> = [
    "application_name", "archive_cleanup_command", "archive_command", "backtrace_functions", "bonjour_name",
    "cluster_name", "default_tablespace", "default_text_search_config", "dynamic_library_path", "event_source",
    "extension_destdir", "extension_control_path", "external_pid_file", "ident_file", "jit_provider",
    "krb_server_keyfile", "listen_addresses", "local_preload_libraries", "log_directory", "log_filename",
    "log_line_prefix",
    "primary_conninfo", "promote_trigger_file", "recovery_end_command", "restore_command",
    "session_preload_libraries", "ssl_ca_file", "ssl_cert_file", "ssl_ciphers", "ssl_crl_dir", "ssl_crl_file",
    "ssl_dh_params_file", "ssl_ecdh_curve", "ssl_groups", "ssl_key_file", "ssl_passphrase_command",
    "ssl_tls13_ciphers", "stats_temp_directory", "syslog_ident", "unix_socket_directories",
  ]
}
