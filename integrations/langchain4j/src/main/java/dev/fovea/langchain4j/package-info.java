/** Fovea behind the interfaces of LangChain4j, in process. */
package dev.fovea.langchain4j;
