from llmopt.app import main

main()
