/** Indexes folders of pictures on Lucene, searches them by words and pictures, and finds near duplicates and tags. */
module dev.fovea.search {
    requires transitive dev.fovea.models;
    requires java.desktop;
    requires org.apache.lucene.core;

    exports dev.fovea.search;
    // Automatic modules, since what they are built on has no module-info.
    exports dev.fovea.search.documents to
            dev.fovea.langchain4j,
            dev.fovea.spring;
}
