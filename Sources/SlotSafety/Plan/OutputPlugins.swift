import PostgresFormat

/// Whether a server has the libraries of output plugins, and allows them.
///
/// `output_plugin_libraries` is shown to superusers and members of pg_read_all_settings. No catalog lists them, and only a superuser may look at files outside of the data directory; for others the answer is
/// open, and a slot whose library is missing is refused by the server when it is made. pgoutput comes with every server.
extension PlannedServer {
  static let missingLibraries = "missing_libraries"
  static let allowedPlugins = "allowed_plugins"

  /// What a server that is to have the slots is asked about their plugins.
  static func pluginFacts(_ slots: [PlannedSlot]) -> [ServerFact] {
    [allowed, missingLibraries(slots)].compactMap { $0 }
  }

  /// `-` where none is allowed; nothing where the server has no such list or does not show it.
  private static let allowed = ServerFact(
    name: allowedPlugins,
    expression: "replace(coalesce(nullif(current_setting('output_plugin_libraries'), ''), '-'), '\"', '')")

  /// The server's own answer: names of plugins whose library is not where extensions are loaded from by default. Nothing is
  /// said where dynamic_library_path names other folders.
  private static func missingLibraries(_ slots: [PlannedSlot]) -> ServerFact? {
    let plugins = Set(slots.map(\.plugin)).filter { $0.description != "pgoutput" }.map(\.literal).sorted()
    guard !plugins.isEmpty else { return nil }
    let folder = "(select setting from pg_config() where name = 'PKGLIBDIR')"
    return ServerFact(
      name: missingLibraries,
      expression: "(select string_agg(p, ', ') from unnest(array[\(plugins.joined(separator: ", "))]) as p"
        + " where current_setting('dynamic_library_path') = '$libdir'"
        + " and not exists (select 1 from unnest(array['.so', '.dylib', '.dll']) as suffix"
        + " where (pg_stat_file(\(folder) || '/' || p || suffix, true)).size is not null))")
  }
}

extension PlannedSlot {
  /// The slot's plugin is among those that the server allows, as far as the role may see it.
  var allowanceCheck: PlanCheck {
    let allowed = "nullif(current_setting('slotscope.\(PlannedServer.allowedPlugins)', true), '')"
    return PlanCheck(
      "output plugin \(plugin) is allowed (output_plugin_libraries)",
      "\(allowed) is null or \(plugin.literal) = any (regexp_split_to_array(\(allowed), ' *, *'))", found: allowed,
      hint: "Add it to output_plugin_libraries and reload the configuration.")
  }

  /// The library of the slot's plugin, as far as the role may see it.
  var libraryCheck: PlanCheck {
    let missing = "current_setting('slotscope.\(PlannedServer.missingLibraries)', true)"
    return PlanCheck(
      "the library of output plugin \(plugin) (which only a superuser can look for)",
      "not \(plugin.literal) = any (coalesce(regexp_split_to_array(\(missing), ', '), '{}'))",
      found: "'no such file in ' || (select setting from pg_config() where name = 'PKGLIBDIR')",
      hint: "Install its package on this server.")
  }
}
