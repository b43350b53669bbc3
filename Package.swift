// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

func room(_ name: String, _ below: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: below, swiftSettings: house)
}

func tests(_ name: String, _ below: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: below, exclude: exclude, swiftSettings: house)
}

let package = Package(
    name: "sloop",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "sloop", targets: ["sloop"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "sloop",
            dependencies: [
                "SloopCLI", "SloopServer", "SloopConsole", "SloopProvisioner", "SloopModel", "CMalloc", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        // No part of what is installed: does the provisioner's work on any sshds, to be measured beside other tools.
        .executableTarget(
            name: "sloop-fleet", dependencies: ["SloopProvisioner", "SloopSSH", "SloopModel"], swiftSettings: house),
        // No part of what is installed, either: runs the provisioner over a model of engine, machines, network and time.
        .executableTarget(
            name: "sloop-simulate",
            dependencies: [
                "SloopProvisioner", "SloopModel", "SloopCatalog", "SloopStore", "SloopEngine", "SloopSSH", logging,
            ], swiftSettings: house),
        room("SloopModel"),
        room("SloopSaga"),
        room("SloopCatalog", ["SloopModel"]),
        room("LightsailAPI", ["SloopModel", crypto]),
        room(
            "SloopStore",
            ["SloopModel", "SloopSaga", crypto, .product(name: "GRDB", package: "GRDB.swift")]),
        room(
            "SloopEngine",
            [
                "SloopModel", logging, .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CMalloc"),
        room("SloopSSH", ["SloopModel", "CLibSSH2", "CEpoll", crypto]),
        room(
            "SloopProvisioner",
            ["SloopModel", "SloopSaga", "SloopCatalog", "SloopStore", "SloopEngine", "SloopSSH", logging]),
        // Templates, styles and scripts are in the program itself: what is installed is one file.
        .target(
            name: "SloopConsole",
            dependencies: [
                "SloopModel", "SloopCatalog", "SloopProvisioner", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.embedInCode("Templates"), .embedInCode("Assets")], swiftSettings: house),
        room(
            "SloopServer",
            [
                "SloopModel", "SloopCatalog", "LightsailAPI", "SloopProvisioner", "SloopConsole", logging,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        room(
            "SloopCLI",
            [
                "SloopModel", "LightsailAPI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        tests("SloopTests", ["sloop", "sloop-simulate", "LightsailAPI", "SloopModel", "SloopStore"]),
        tests(
            "SloopProvisionerTests",
            [
                "SloopProvisioner", "SloopModel", "SloopSaga", "SloopCatalog", "SloopStore", "SloopEngine", "SloopSSH",
                "FaultyDisk", logging,
            ]),
        tests("SloopSagaTests", ["SloopSaga"]),
        tests("LightsailAPITests", ["LightsailAPI", "SloopModel"], exclude: ["Fixtures"]),
        tests(
            "SloopCLITests",
            [
                "SloopCLI", "LightsailAPI", "SloopModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ]),
        tests("SloopCatalogTests", ["SloopCatalog", "SloopModel"]),
        tests(
            "SloopConsoleTests",
            [
                "SloopConsole", "SloopProvisioner", "SloopModel", "SloopCatalog",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        tests("SloopEngineTests", ["SloopEngine", "SloopModel"]),
        tests(
            "SloopServerTests",
            ["SloopServer", "SloopProvisioner", "SloopStore", "SloopModel", "LightsailAPI", logging]),
        tests("SloopSSHTests", ["SloopSSH", "SloopModel"]),
        // SQLite over a disk that fails, for tests.
        .target(name: "CFaultyVFS", path: "Tests/CFaultyVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "FaultyDisk", dependencies: ["CFaultyVFS"], path: "Tests/FaultyDisk", swiftSettings: house),
        tests(
            "SloopStoreTests",
            [
                "SloopStore", "SloopModel", "SloopSaga", "FaultyDisk", .product(name: "GRDB", package: "GRDB.swift"),
            ], exclude: ["Fixtures"]),
    ]
)

// The rooms below which there is C, alone: what scripts/sanitize builds and runs.
if Context.environment["SLOOP_ROOMS_OVER_C"] != nil {
    let rooms = ["SloopModel", "SloopSaga", "SloopStore", "CLibSSH2", "CEpoll", "SloopSSH", "CFaultyVFS", "FaultyDisk"]
    let all = rooms + rooms.map { $0 + "Tests" }
    package.targets.removeAll { !all.contains($0.name) }
    package.products = []
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return true }
        return !location.hasSuffix("/swift-crypto") && !location.hasSuffix("/GRDB.swift")
    }
}
