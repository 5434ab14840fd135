/** The command line. Picocli reads its commands by reflection. */
open module dev.fovea.app {
    requires com.fasterxml.jackson.core;
    requires dev.fovea.converter;
    requires dev.fovea.evaluation;
    requires dev.fovea.hub;
    requires dev.fovea.models;
    requires dev.fovea.search;
    requires dev.fovea.service;
    requires dev.fovea.studio;
    requires dev.fovea.training;
    requires info.picocli;
    requires java.desktop;
    requires java.logging;

    provides System.LoggerFinder with
            dev.fovea.app.terminal.ErrorOutputLoggers;
}
