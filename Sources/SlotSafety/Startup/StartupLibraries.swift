import Evidence
import PostgresFormat

/// Start-up checks of the libraries that a server loads before anything else (`process_shared_preload_libraries`).
extension ServerStart {
  /// In their order. A list with a mistake in it is passed over with a line in the log.
  var preloadedLibraries: [String] { IdentifierList.paths(settings.text("shared_preload_libraries") ?? "") ?? [] }

  func missingLibrary() -> StartupObstacle? {
    guard libraries != nil else { return nil }
    let assignment = settings["shared_preload_libraries"]?.assignment
    for name in preloadedLibraries {
      switch state(of: name) {
      case .missing?:
        return StartupObstacle(
          .fatal, "could not access file \"\(name)\": No such file or directory", path: assignment?.path,
          line: assignment?.line)
      case .there(let path, let major?)? where major != version:
        return StartupObstacle(
          .fatal, "incompatible library \"\(path)\": version mismatch",
          details: ["Server is version \(version.name), library is version \(major.name)."], path: assignment?.path,
          line: assignment?.line)
      case .there?, nil: continue
      }
    }
    return nil
  }

  /// nil where it is not looked for in the folder that is known.
  private func state(of name: String) -> InstalledLibraries.State? {
    guard let plain = Self.inFolder(name), name != plain || searchesFolderAlone else { return nil }
    return libraries?.states[plain]
  }

  /// A name without `$libdir/`; nil for a path elsewhere.
  static func inFolder(_ name: String) -> String? {
    let own = "$libdir/"
    return name.hasPrefix(own) ? String(name.dropFirst(own.count)) : name.contains("/") ? nil : name
  }

  private var searchesFolderAlone: Bool {
    settings["dynamic_library_path"].map { $0.text == "$libdir" } ?? true
  }

  /// What is not known of them, in a few words.
  var openLibraries: String? {
    guard !preloadedLibraries.isEmpty else { return nil }
    guard libraries != nil else {
      return "the libraries in shared_preload_libraries (--libraries)"
    }
    let open = preloadedLibraries.filter { name in
      guard case .there(_, let major)? = state(of: name), major == version, let plain = Self.inFolder(name) else {
        return true
      }
      return !Self.refuseNothing.contains(plain.hasSuffix(".so") ? String(plain.dropLast(3)) : plain)
    }
    return open.isEmpty ? nil : "what \(Self.listed(open)) needs that shared_preload_libraries loads"
  }

  /// PostgreSQL's own (contrib), which ask for nothing else when they are loaded.
  private static let refuseNothing: Set<String> = [
    "auth_delay", "auto_explain", "basic_archive", "passwordcheck", "pg_overexplain", "pg_prewarm",
    "pg_stat_statements",
    "pgoutput", "test_decoding",
  ]
}

extension Evidence {
  /// The libraries that its server loads at the start and looks for in its own folder, as ``InstalledLibraries`` names them.
  package var preloadedLibraries: [String] {
    ServerStart(self).preloadedLibraries.compactMap(ServerStart.inFolder)
  }
}
