import FixtureSupport
import ServerLab
import Testing

/// What shows pages; nil where there is none.
private enum Browser {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileTree.exists($0)
  }
}

/// The pages as a browser shows them, at four widths, dark and on paper, beside kept pictures of them: coarse ones, in which text is a
/// shade and fonts make no difference. SLOTSCOPE_RENEW_PAGES=1 keeps new ones; look at the page itself before.
@Suite(.serialized, .enabled(if: Browser.path != nil, "no Chromium on this machine"))
struct PageLooksTests {
  /// Share of a picture that may be different.
  private static let tolerance = 0.1
  private static let folder = Fixtures.directory + "/pages"

  /// The page of README's failover; names of sources are as short anywhere.
  private static func page(_ command: String, in scratch: ScratchDirectory) async throws -> String {
    let archive = Fixtures.directory + "/examples/shop.tar.xz"
    #expect(try await runProgram("tar", ["-xJf", archive, "-C", scratch.path]).status == 0)
    let outcome = try await runProgram(
      "/usr/bin/env",
      [
        "-C", scratch.path + "/shop", productsDirectory + "/slotscope", command, "--primary", "db1", "--standby", "db2",
        "--format", "html",
      ])
    #expect(
      outcome.status == 2 && outcome.error.isEmpty && PageCheck.violations(of: outcome.output) == [], "\(outcome)")
    return scratch.write("\(command).html", outcome.output)
  }

  private static func browse(_ page: String, _ options: [String]) async throws {
    let outcome = try await runProgram(
      "/usr/bin/timeout",
      [
        "120", Browser.path ?? "", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars",
      ] + options + [
        "file://\(page)"
      ])
    #expect(outcome.status == 0, "\(outcome)")
  }

  private static func compare(_ picture: Picture, with name: String) throws {
    let file = "\(folder)/\(name).pgm"
    if Environment.value("SLOTSCOPE_RENEW_PAGES") != nil {
      let scratch = ScratchDirectory()
      try ExternalProgram.run("/usr/bin/env", ["cp", scratch.write("picture.pgm", picture.pgm), file])
    }
    let kept = try #require(Picture(pgm: try FileTree.contents(of: file)))
    let difference = picture.difference(from: kept)
    #expect(difference < tolerance, "\(name): \(difference) of it is different from \(file)")
  }

  @Test(arguments: ["audit", "ledger"]) func everyWidthLooksAsItDid(command: String) async throws {
    let scratch = ScratchDirectory()
    let page = try await Self.page(command, in: scratch)
    for (width, height) in [(390, 7000), (768, 5000), (1280, 4000), (1920, 4000)] {
      for scheme in ["light", "dark"] where scheme == "light" || width == 390 {
        let file = "\(scratch.path)/\(width)-\(scheme).png"
        try await Self.browse(
          page,
          [
            "--force-device-scale-factor=0.5", "--window-size=\(width),\(height)", "--screenshot=\(file)",
            "--blink-settings=preferredColorScheme=\(scheme == "dark" ? 0 : 1)",
          ])
        let picture = try #require(Picture(png: try FileTree.contents(of: file)))
        #expect(picture.width == width / 2)
        try Self.compare(picture.coarse(8), with: "\(command)-\(width)-\(scheme)")
      }
    }
  }

  /// All that can be folded is open there, and pages have the height of A4.
  @Test(.enabled(if: FileTree.exists("/usr/bin/pdftotext"), "no pdftotext on this machine"))
  func onPaperNothingIsFolded() async throws {
    let scratch = ScratchDirectory()
    let page = try await Self.page("audit", in: scratch)
    let file = scratch.path + "/audit.pdf"
    try await Self.browse(page, ["--no-pdf-header-footer", "--print-to-pdf=\(file)"])
    let text = try await runProgram("pdftotext", ["-layout", file, "-"])
    #expect(text.output.contains("pg_replslot/debezium/state") && text.output.contains("reports_2024"), "\(text)")
    #expect(!text.output.contains("What that rests on"))
    let size = try await runProgram("pdfinfo", [file])
    #expect(size.output.contains("594.96 x 841.92") || size.output.contains("(A4)"), "\(size)")
    for number in 1...2 {
      let outcome = try await runProgram(
        "pdftoppm",
        ["-gray", "-r", "72", "-f", "\(number)", "-l", "\(number)", "-singlefile", file, "\(scratch.path)/p\(number)"])
      #expect(outcome.status == 0, "\(outcome)")
      let picture = try #require(Picture(pgm: try FileTree.contents(of: "\(scratch.path)/p\(number).pgm")))
      try Self.compare(picture.coarse(8), with: "audit-paper-\(number)")
    }
  }
}
