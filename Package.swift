// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in CI. Swift 6.2 warns of `unsafe` where 6.3 asks for it.
#if compiler(>=6.3)
  let strictness: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]
#else
  let strictness: [SwiftSetting] = []
#endif

/// One set of rules for every target: Swift 6, strict memory safety, explicit imports.
/// Tests do without strict memory safety: the macros of Swift Testing expand to code that it would flag.
let testRules: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
  ] + strictness

let rules = testRules + [.strictMemorySafety()]

/// What is called of a library that is loaded at run time is declared here; in CI the compiler holds it against its own header.
let comparedInCI: [CSetting] = Context.environment["CI"] == nil ? [] : [.define("COMPARE_WITH_OWN_HEADERS")]

/// Optimized in debug builds, too: the tests read gigabytes through it, and wait for little else. SLOTSCOPE_PLAIN leaves that
/// out, for builds that take a third of the time while something is being written.
let hot: [SwiftSetting] =
  Context.environment["SLOTSCOPE_PLAIN"] == nil ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []

func library(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = [],
  isHot: Bool = false
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: rules + (isHot ? hot : []))
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["FixtureSupport"], swiftSettings: testRules)
}

let package = Package(
  name: "slotscope",
  products: [.executable(name: "slotscope", targets: ["slotscope"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // What the system brings.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // libpq as far as it is called, loaded when a server is asked. CI compares the declarations with libpq's own header.
    .target(name: "CLibpq", cSettings: comparedInCI),
    // The same for compressed WAL: LZ4 and Zstandard are loaded when such a file is met.
    .target(name: "CLz4", cSettings: comparedInCI),
    .target(name: "CZstd", cSettings: comparedInCI),
    .target(name: "CChecksum", cSettings: [.unsafeFlags(["-O2"])]),

    // The way of the data, from bytes to words. Arrows point only upwards in this list.
    library("ByteReading", [], isHot: true),
    library("PostgresFormat", ["ByteReading", "CChecksum"], isHot: true),
    library("Evidence", ["ByteReading", "PostgresFormat"], isHot: true),
    library(
      "EvidenceDocument", ["ByteReading", "PostgresFormat", "Evidence"], exclude: ["README.md"], isHot: true),
    library(
      "ClusterFiles", ["ByteReading", "PostgresFormat", "Evidence", "EvidenceDocument", "CLz4", "CZlib", "CZstd"],
      isHot: true),
    library("LiveServer", ["ByteReading", "PostgresFormat", "Evidence", "CLibpq"]),
    library(
      "SlotSafety", ["ByteReading", "PostgresFormat", "Evidence"],
      exclude: ["README.md", "Conditions.md", "Rules/README.md"],
      isHot: true),
    // The schemas are for whoever reads the documents, and for the tests; the program does not need them. Templates become a
    // part of it.
    library(
      "Reporting", ["ByteReading", "PostgresFormat", "Evidence", "SlotSafety"], exclude: ["Schemas"],
      resources: [.embedInCode("Templates")], isHot: true),
    library(
      "SlotscopeCommands",
      [
        "PostgresFormat", "Evidence", "ClusterFiles", "LiveServer", "SlotSafety", "Reporting",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "slotscope", dependencies: ["SlotscopeCommands"], swiftSettings: rules),

    // The manual pages, from the command line's own description, for `make install`.
    .executableTarget(
      name: "slotscope-manual", dependencies: ["SlotscopeCommands"], path: "Sources/Packaging/Manual",
      swiftSettings: rules),

    // What reading costs at the least, for `make benchmark`.
    .executableTarget(
      name: "wal-floor", dependencies: ["ClusterFiles", "PostgresFormat", "CChecksum"],
      path: "Tests/Benchmark/Floor", swiftSettings: rules),

    // Many command lines in one process, for tests of what is refused.
    .executableTarget(
      name: "command-lines", dependencies: ["SlotscopeCommands", "FixtureSupport"], path: "Tests/CommandLines",
      swiftSettings: testRules),

    // Tests mirror the sources. FixtureSupport finds Fixtures/ and unpacks what a test needs.
    .target(
      name: "FixtureSupport", dependencies: ["PostgresFormat", "CZlib"], path: "Tests/FixtureSupport",
      swiftSettings: rules + hot),
    // ServerLab starts real PostgreSQL servers for the live tests.
    .target(
      name: "ServerLab", dependencies: ["FixtureSupport", .product(name: "Subprocess", package: "swift-subprocess")],
      path: "Tests/ServerLab", swiftSettings: testRules),
    tests("ByteReadingTests", ["ByteReading"]),
    tests("PostgresFormatTests", ["PostgresFormat", "ByteReading", "CChecksum"]),
    tests("EvidenceTests", ["Evidence", "PostgresFormat"]),
    tests("EvidenceDocumentTests", ["EvidenceDocument", "Evidence", "PostgresFormat"]),
    tests("ClusterFilesTests", ["ClusterFiles", "Evidence", "PostgresFormat"]),
    tests(
      "LiveServerTests",
      ["LiveServer", "ClusterFiles", "Evidence", "PostgresFormat", "SlotSafety", "Reporting", "ServerLab"]),
    tests("SlotSafetyTests", ["SlotSafety", "Evidence", "PostgresFormat"]),
    tests(
      "ReportingTests",
      [
        "ByteReading", "ClusterFiles", "EvidenceDocument", "Reporting", "SlotSafety", "Evidence", "PostgresFormat",
      ]),
    tests(
      "CommandTests",
      [
        "CChecksum", "ClusterFiles", "Evidence", "PostgresFormat", "SlotSafety", "Reporting", "SlotscopeCommands",
        "ServerLab", .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
  ]
)

// `make fuzz` builds this one alone, with the address sanitizer and the toolchain's libFuzzer, whose file it names.
if let library = Context.environment["SLOTSCOPE_FUZZ"] {
  package.targets.append(
    .executableTarget(
      name: "slotscope-fuzz",
      dependencies: [
        "ByteReading", "PostgresFormat", "Evidence", "ClusterFiles", "SlotSafety", "Reporting", "SlotscopeCommands",
        "FixtureSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Tests/Fuzz", exclude: ["fuzz"], swiftSettings: testRules,
      linkerSettings: [.unsafeFlags(["-Xlinker", library, "-lstdc++"])]))
}
